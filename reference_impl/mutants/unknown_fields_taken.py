"""A configuration with an unknown field is taken."""

from mutants._planting import Patch
from orchestratord import settings

REQUIREMENTS = ["OC-CONFIG-6001", "ORCH-3030"]


def plant(patch: Patch) -> None:
    """Be lenient always."""
    patch(settings, "check", lambda real: lambda given, _mode: real(given, "compat"))
