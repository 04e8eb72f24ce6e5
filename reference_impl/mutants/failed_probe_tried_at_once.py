"""A worker whose probe has failed is not left alone for as long as before."""

from collections.abc import Callable

from mutants._planting import Patch
from orchestratord.core.pools.breaker import Breaker, BreakerState

REQUIREMENTS = ["OC-POOL-3011"]

Failed = Callable[[Breaker, float], None]


def plant(patch: Patch) -> None:
    """Open the breaker only once."""
    patch(Breaker, "failed", _once)


def _once(real: Failed) -> Failed:
    def failed(self: Breaker, now_ms: float) -> None:
        if self.state(now_ms) is BreakerState.CLOSED:
            real(self, now_ms)

    return failed
