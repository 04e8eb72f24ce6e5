"""A worker that fails again and again is started again after the same short pause."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core.pools.backoff import Backoff

REQUIREMENTS = ["OC-POOL-3011", "OC-POOL-3002", "ORCH-3003"]


def plant(patch: Patch) -> None:
    """Pause as after the first failure."""
    patch(Backoff, "pause_ms", lambda _real: _first)


def _first(self: Backoff, *_more: Any) -> float:
    return self.initial_ms
