"""Looks again and again whether a pool's interactive tasks are served in time, so that a breach is known to
have lasted.

When batch tasks are shed for it is decided in the core.
"""

import asyncio
from collections.abc import Callable, Iterable

from orchestratord.core._queue import INTERACTIVE
from orchestratord.core.objectives import WINDOW_MS
from orchestratord.core.pools.breaker import BreakerState
from orchestratord.core.pools.objective_breaker import ObjectiveRules
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool

LOOKS = 30  # in the shorter of the times that have to pass
LONGEST_S = 1.0


class ShedWatch:
    """One timer for each pool."""

    def __init__(self, pools: Iterable[Pool], ledger: Ledger, now_ms: Callable[[], float]) -> None:
        self._pools = {pool.id: pool for pool in pools}
        self._ledger = ledger
        self._now_ms = now_ms
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def start(self) -> None:
        """Begin to look."""
        for pool in self._pools.values():
            self._look(pool)

    def add(self, pool: Pool) -> None:
        """Look at a pool that has come."""
        self._pools[pool.id] = pool
        self._look(pool)

    def drop(self, pool: Pool) -> None:
        """Look no more at a pool that goes."""
        del self._pools[pool.id]
        self._timers.pop(pool.id).cancel()

    def close(self) -> None:
        """Look no more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _look(self, pool: Pool) -> None:
        # ORCH-3040
        now_ms, breaker = self._now_ms(), pool.objective
        before = pool.sheds
        missed = pool.misses_objective(now_ms)
        breaker.observe(now_ms, missed=missed, kept_in_ms=_kept_in_ms(pool, now_ms) if missed else 0.0)
        pool.sheds = breaker.state(now_ms) is BreakerState.OPEN
        if pool.sheds is not before:
            self._ledger.shedding(pool)
        self._timers[pool.id] = asyncio.get_running_loop().call_later(
            _pause_s(pool.plan.shedding), self._look, pool
        )


def _kept_in_ms(pool: Pool, now_ms: float) -> float:
    """How soon the objective can be kept again: the tasks that wait now will be late, too."""
    waiting = pool.queue.length(INTERACTIVE)
    until_ms = waiting * pool.advice.mean_lease_ms / max(1, pool.slots) + WINDOW_MS if waiting else 0.0
    return max(until_ms, pool.first_tokens["interactive"].kept_in_ms(now_ms))


def _pause_s(rules: ObjectiveRules) -> float:
    return min(LONGEST_S, min(rules.breach_ms, rules.recovery_ms) / LOOKS / 1000)
