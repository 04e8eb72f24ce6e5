"""Whether a priority's tasks get their first token in time: the 95th percentile over the last minute."""

from collections import deque
from collections.abc import Iterable

WINDOW_MS = 60_000.0
ALLOWED_MISSES = 0.05


class FirstTokens:
    """The first tokens of one pool and priority against their objective, `limit_ms` from acceptance.

    The 95th percentile is above the limit when more than 5 % of the tasks are, so that counting is enough.
    """

    def __init__(self, limit_ms: float) -> None:
        self.limit_ms = limit_ms
        self._seen: deque[tuple[float, bool]] = deque()
        self._missed = 0

    def observe(self, now_ms: float, latency_ms: float) -> None:
        """A task's first token came so long after its acceptance."""
        missed = latency_ms > self.limit_ms
        self._seen.append((now_ms, missed))
        self._missed += missed
        self._forget(now_ms)

    def breached(self, now_ms: float, waiting_ms: Iterable[float] = ()) -> bool:
        """Whether the objective is missed now.

        `waiting_ms` is how long each task without a first token has waited: one beyond the limit has missed
        it already, the others cannot be told yet.
        """
        self._forget(now_ms)
        late = sum(waited > self.limit_ms for waited in waiting_ms)
        return self._missed + late > ALLOWED_MISSES * (len(self._seen) + late)

    def kept_in_ms(self, now_ms: float) -> float:
        """How long it takes until the objective is kept, if no further task comes: until enough of the late
        ones lie more than a minute back.
        """
        self._forget(now_ms)
        seen, missed, kept_ms = len(self._seen), self._missed, now_ms
        for at_ms, late in self._seen:
            if missed <= ALLOWED_MISSES * seen:
                break
            seen, missed, kept_ms = seen - 1, missed - late, at_ms + WINDOW_MS
        return kept_ms - now_ms

    def _forget(self, now_ms: float) -> None:
        while self._seen and self._seen[0][0] <= now_ms - WINDOW_MS:
            self._missed -= self._seen.popleft()[1]
