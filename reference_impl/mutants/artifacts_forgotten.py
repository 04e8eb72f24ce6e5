"""Artifacts end with their server."""

from mutants._planting import Patch
from orchestratord import settings

REQUIREMENTS = ["OC-CTRL-2075"]


def plant(patch: Patch) -> None:
    """Keep them in memory, whatever the file says."""
    patch(settings, "_artifacts_plan", lambda real: lambda entry: real({**entry, "store": "memory"}))
