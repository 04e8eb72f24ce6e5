"""A reload that fails brings the workers of a drained pool back."""

from mutants._planting import Patch
from orchestratord.service.pool_control import PoolControl

REQUIREMENTS = ["OC-POOL-3044"]


def plant(patch: Patch) -> None:
    """Restore whatever there was."""
    patch(PoolControl, "_stays_drained", lambda _real: lambda _self, _pool: False)
