"""More tasks are at an engine than it has slots."""

from mutants._planting import Patch
from orchestratord.core.leases import Leases

REQUIREMENTS = ["ORCH-3019"]


def plant(patch: Patch) -> None:
    """Take none of its slots for taken."""
    patch(Leases, "taken", lambda _real: lambda _leases: 0)
