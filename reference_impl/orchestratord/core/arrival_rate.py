"""How fast tasks come that were not told to come: attempts less the advice that ran out, by spans of time.

The rate is the median over the latest spans, so that one burst says nothing about the load that follows it.
"""

from collections import deque
from statistics import median

SPANS = 9
TASKS_A_SPAN = 16  # that the pool could end in one span


class ArrivalRate:
    """Counts in spans whose length follows the pool's speed."""

    def __init__(self) -> None:
        self._rates: deque[float] = deque(maxlen=SPANS)
        self._per_ms = 0.0
        self._count = 0
        self._begun_ms: float | None = None

    def came(self, now_ms: float, drained_per_ms: float) -> None:
        """A task was submitted. The pool can end so many in a millisecond."""
        begun_ms = self._begun_ms
        if begun_ms is None:
            self._begun_ms = now_ms
        elif (now_ms - begun_ms) * drained_per_ms >= TASKS_A_SPAN:
            self._roll(begun_ms, now_ms, TASKS_A_SPAN / drained_per_ms)
        self._count += 1

    def was_told(self, tasks: int) -> None:
        """Advice ran out: so many of those that come were told to."""
        self._count -= tasks

    def per_ms(self) -> float:
        """Tasks in a millisecond; 0 before the first span is over."""
        return self._per_ms

    def _roll(self, begun_ms: float, now_ms: float, span_ms: float) -> None:
        whole = max(1, int((now_ms - begun_ms) / span_ms))
        self._rates.append(max(0, self._count) / span_ms)
        self._rates.extend([0.0] * min(whole - 1, SPANS))
        self._per_ms = median(self._rates)
        self._begun_ms = begun_ms + whole * span_ms
        self._count = 0
