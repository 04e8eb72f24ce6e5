"""A server that stops leaves its pools as they are."""

from mutants._planting import Patch
from orchestratord.service.pool_control import PoolControl

REQUIREMENTS = ["OC-POOL-3031"]


def plant(patch: Patch) -> None:
    """Only give reloads up."""
    patch(PoolControl, "stop", lambda _real: lambda self, _grace_ms: self._give_reloads_up())
