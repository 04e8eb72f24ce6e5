"""A tenant has room for any number of artifacts."""

from mutants._planting import Patch
from orchestratord import settings

REQUIREMENTS = ["OC-CTRL-2076"]


def plant(patch: Patch) -> None:
    """Bound nothing."""
    patch(settings, "_artifacts_plan", lambda real: lambda entry: real({**entry, "max_bytes": 1 << 40}))
