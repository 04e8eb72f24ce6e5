"""All tenants and priorities have one weight."""

from mutants._planting import Patch
from orchestratord.core import admission

REQUIREMENTS = ["OC-CORE-1050", "ORCH-3075"]


def plant(patch: Patch) -> None:
    """Weigh nobody."""
    patch(admission, "flow_weight", lambda _real: lambda _weight, _priority: 1.0)
