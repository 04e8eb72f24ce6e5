"""Whether a priority's tasks get their first token in time: the 95th percentile over the last minute."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

WINDOW_MS = 60_000.0
SPAN_MS = 100.0
ALLOWED_MISSES = 0.05


@dataclass(slots=True)
class _Span:
    """How many first tokens came from `at_ms` on for a tenth of a second, and how many of them too late."""

    at_ms: float
    seen: int = 0
    missed: int = 0


class FirstTokens:
    """The first tokens of one pool and priority against their objective, `limit_ms` from acceptance.

    The 95th percentile is above the limit when more than 5 % of the tasks are, so that counting is enough:
    by spans, so that a minute takes as much room whatever comes in it.
    """

    def __init__(self, limit_ms: float) -> None:
        self.limit_ms = limit_ms
        self._spans: deque[_Span] = deque()
        self._seen = self._missed = 0

    def observe(self, now_ms: float, latency_ms: float) -> None:
        """A task's first token came so long after its acceptance."""
        missed = latency_ms > self.limit_ms
        if not self._spans or now_ms >= self._spans[-1].at_ms + SPAN_MS:
            self._spans.append(_Span(now_ms))
        span = self._spans[-1]
        span.seen += 1
        span.missed += missed
        self._seen += 1
        self._missed += missed
        self._forget(now_ms)

    def breached(self, now_ms: float, waiting_ms: Iterable[float] = ()) -> bool:
        """Whether the objective is missed now.

        `waiting_ms` is how long each task without a first token has waited: one beyond the limit has missed
        it already, the others cannot be told yet.
        """
        self._forget(now_ms)
        late = sum(waited > self.limit_ms for waited in waiting_ms) if waiting_ms else 0
        return self._missed + late > ALLOWED_MISSES * (self._seen + late)

    def kept_in_ms(self, now_ms: float) -> float:
        """How long it takes until the objective is kept, if no further task comes: until enough of the late
        ones lie more than a minute back.
        """
        self._forget(now_ms)
        seen, missed, last = self._seen, self._missed, None
        for span in self._spans:
            if missed <= ALLOWED_MISSES * seen:
                break
            seen -= span.seen
            missed -= span.missed
            last = span
        return 0.0 if last is None else last.at_ms + WINDOW_MS - now_ms

    def _forget(self, now_ms: float) -> None:
        while self._spans and self._spans[0].at_ms <= now_ms - WINDOW_MS:
            gone = self._spans.popleft()
            self._seen -= gone.seen
            self._missed -= gone.missed
