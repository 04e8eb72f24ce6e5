"""Sheds batch tasks of a pool while its interactive ones have been served too late for long, as a table.

Whether the objective is missed is measured elsewhere; refusing is admission's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from orchestratord.core.pools.breaker import BreakerState


class Mood(StrEnum):
    """How a pool has fared lately."""

    KEPT = "kept"
    MISSED = "missed"  # but not for long enough
    SHEDDING = "shedding"
    MENDING = "mending"  # kept again, but not for long enough


KEPT, MISSED, SHEDDING, MENDING = Mood


@dataclass(frozen=True, slots=True)
class ObjectiveRules:
    """Opens when the objective was missed for `breach_ms`, and closes when it was kept for `recovery_ms`."""

    breach_ms: float = 30_000
    recovery_ms: float = 30_000


_SEEN: Mapping[tuple[Mood, bool], Mood] = {
    (KEPT, True): MISSED,
    (MISSED, False): KEPT,
    (SHEDDING, False): MENDING,
    (MENDING, True): SHEDDING,
}
_DUE: Mapping[Mood, Mood] = {MISSED: SHEDDING, MENDING: KEPT}


class ObjectiveBreaker:
    """One pool's. Every method is told the time in milliseconds, which never falls."""

    def __init__(self, rules: ObjectiveRules) -> None:
        self.rules = rules
        self._mood = KEPT
        self._since_ms = 0.0
        self._mends_ms = 0.0

    def observe(self, now_ms: float, *, missed: bool, kept_in_ms: float = 0.0) -> None:
        """Whether the objective is missed now, and how soon it can be kept. It counts as it was until it is
        seen otherwise.
        """
        # ORCH-3040
        self._pass_time(now_ms)
        mood = _SEEN.get((self._mood, missed))
        if mood is not None:
            self._mood, self._since_ms = mood, now_ms
        self._mends_ms = now_ms + kept_in_ms

    def state(self, now_ms: float) -> BreakerState:
        """Open while batch tasks are shed."""
        self._pass_time(now_ms)
        shedding = self._mood in (SHEDDING, MENDING)
        return BreakerState.OPEN if shedding else BreakerState.CLOSED

    def wait_ms(self, now_ms: float) -> float:
        """How long it is going to stay open; 0 when it is closed."""
        if self._mood is KEPT:  # as nearly always, and each request asks
            return 0.0
        self._pass_time(now_ms)
        if self._mood is KEPT or self._mood is MISSED:
            return 0.0
        kept_ms = self._since_ms if self._mood is MENDING else max(now_ms, self._mends_ms)
        return kept_ms + self.rules.recovery_ms - now_ms

    def _pass_time(self, now_ms: float) -> None:
        due = _DUE.get(self._mood)
        if due is None:
            return
        due_ms = self.rules.recovery_ms if due is KEPT else self.rules.breach_ms
        if now_ms - self._since_ms >= due_ms:
            self._mood, self._since_ms = due, now_ms
