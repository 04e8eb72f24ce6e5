"""What happens next: calls by the time at which they are due, and by the order in which they were noted."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

BEGIN_MS = 1_000_000.0


class Agenda:
    """`now` is in milliseconds and moves with the calls. What is no longer wanted is still called, so whoever
    is called looks whether it is. `awaited` counts what has to be over before all is.
    """

    __slots__ = ("_due", "_number", "awaited", "count", "now")

    def __init__(self) -> None:
        self.now = BEGIN_MS
        self.count = self.awaited = 0
        self._due: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._number = 0

    def now_ms(self) -> float:
        """The time, for those who ask by a call."""
        return self.now

    def later(self, after_ms: float, call: Callable[..., object], *given: Any) -> None:
        """Call it after so many milliseconds."""
        self._number += 1
        heappush(self._due, (self.now + after_ms, self._number, call, given))

    def expect(self, after_ms: float, call: Callable[..., object], *given: Any) -> None:
        """The same of a call that is awaited; it counts itself as over."""
        self.awaited += 1
        self._number += 1
        heappush(self._due, (self.now + after_ms, self._number, call, given))

    def at(self, when_ms: float, call: Callable[..., object], *given: Any) -> None:
        """Call it at this time."""
        self._number += 1
        heappush(self._due, (when_ms, self._number, call, given))

    def clear(self) -> None:
        """Nothing of what is due shall happen any more."""
        self._due.clear()

    def run(self, after_each: Callable[[], None]) -> None:
        """Let everything happen until nothing more is awaited."""
        due = self._due
        while self.awaited:
            assert due, "everything waits for something that never comes"
            when_ms, _, call, given = heappop(due)
            if when_ms > self.now:
                self.now = when_ms
            self.count += 1
            call(*given)
            after_each()
