"""Items in the order of dispatch of `wfq`, by (key, arrival): a sorted array. What the keys mean is
`_flows`'s.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from math import inf
from typing import TypeAlias

from orchestratord.core._queue._tickets import Waiting

_Row: TypeAlias = tuple[float, float, Waiting | None]


class Tags:
    """Rank is O(log n). To add or remove moves pointers, O(n) but little: a queue's capacity is in the
    hundreds.
    """

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._head = 0

    def __len__(self) -> int:
        return len(self._rows) - self._head

    def __iter__(self) -> Iterator[Waiting]:
        return (item for _, _, item in self._rows[self._head :] if item is not None)

    def first(self) -> Waiting | None:
        """The one that is dispatched first."""
        return self._rows[self._head][2] if len(self) else None

    def add(self, item: Waiting) -> None:
        """Add an item."""
        insort(self._rows, (item.key, item.arrival, item), lo=self._head)

    def remove(self, item: Waiting) -> None:
        """Take out an item that is here."""
        index = bisect_left(self._rows, (item.key, item.arrival), lo=self._head)
        if index > self._head:
            del self._rows[index]
            return
        self._rows[index] = (item.key, item.arrival, None)
        self._head += 1
        if self._head > len(self._rows) // 2:
            del self._rows[: self._head]
            self._head = 0

    def rank(self, item: Waiting) -> int:
        """How many come before an item, which may be one of another array."""
        return bisect_left(self._rows, (item.key, item.arrival), lo=self._head) - self._head

    def rank_of_new(self, key: float) -> int:
        """How many come before an item of this key that arrives now."""
        return bisect_left(self._rows, (key, inf), lo=self._head) - self._head
