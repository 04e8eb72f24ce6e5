"""A worker is started again however often it has failed."""

from mutants._planting import Patch
from orchestratord.core.pools.breaker import Breaker

REQUIREMENTS = ["OC-POOL-3011", "ORCH-3053"]


def plant(patch: Patch) -> None:
    """Note no failure."""
    patch(Breaker, "failed", lambda _real: lambda _self, _now_ms: None)
