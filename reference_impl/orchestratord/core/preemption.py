"""Whether running work gives way to more urgent work, and which.

What is stopped, and how it goes on, is the shell's.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

Mode = Literal["disabled", "soft", "hard"]

MINUTE_MS = 60_000.0


@dataclass(frozen=True, slots=True)
class PreemptionRules:
    """What a pool allows: `soft` holds batch tasks back, `hard` also stops running ones, so many a minute."""

    mode: Mode = "disabled"
    per_minute: int = 6


class Running(Struct, frozen=True, gc=False):
    """A running task as preemption sees it.

    `started_ms` is its first dispatch. `spared`: it is strict about determinism, at an engine that cannot be
    interrupted, has nothing left to do, or would be the next to be dispatched all the same.
    """

    id: str
    batch: bool
    started_ms: float
    spared: bool = False


def victim(running: Iterable[Running]) -> str | None:
    """Whom hard preemption stops: the youngest batch task that it may stop; None when there is none."""
    # OC-CORE-1052
    able = [one for one in running if one.batch and not one.spared]
    return max(able, key=lambda one: (one.started_ms, one.id)).id if able else None


class Allowance:
    """How many running tasks may be stopped: so many in any minute."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._taken: deque[float] = deque()

    def free_at_ms(self, now_ms: float) -> float:
        """When the next may be stopped; `now_ms` when one may be now."""
        while self._taken and self._taken[0] <= now_ms - MINUTE_MS:
            self._taken.popleft()
        return now_ms if len(self._taken) < self.per_minute else self._taken[0] + MINUTE_MS

    def take(self, now_ms: float) -> None:
        """One is stopped."""
        self._taken.append(now_ms)
