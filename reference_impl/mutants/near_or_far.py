"""Where a worker's devices lie on the host decides nothing."""

from mutants._planting import Patch
from orchestratord.core.pools.machine import Machine

REQUIREMENTS = ["ORCH-3013"]


def plant(patch: Patch) -> None:
    """Find every device near."""
    patch(Machine, "far_devices", lambda _real: lambda _self, _claim: 0)
