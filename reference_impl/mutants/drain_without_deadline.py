"""What runs and waits in a drained pool is not ended at the deadline."""

from mutants._planting import Patch
from orchestratord.service.pool_control import PoolControl

REQUIREMENTS = ["OC-CTRL-2002", "OC-POOL-3006"]


def plant(patch: Patch) -> None:
    """End nothing."""
    patch(PoolControl, "_drain_is_over", lambda _real: lambda _self, _pool: None)
