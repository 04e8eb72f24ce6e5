"""The pauses between restarts grow for ever."""

from collections.abc import Callable
from dataclasses import replace

from mutants._planting import Patch
from orchestratord.core.pools.backoff import Backoff

REQUIREMENTS = ["OC-POOL-3011"]


def plant(patch: Patch) -> None:
    """Forget the longest pause."""
    patch(Backoff, "pause_ms", _unbounded)


def _unbounded(real: Callable[[Backoff, int, float], float]) -> Callable[[Backoff, int, float], float]:
    return lambda self, failures, chance: real(replace(self, longest_ms=float("inf")), failures, chance)
