"""One priority's items in order of arrival, with ranks: a growing array with gaps and a Fenwick tree that
counts what waits.

It knows no other priority, no capacity, no order and no age; `_pure` joins two lanes into a queue.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from orchestratord.core._queue._tickets import Waiting

_SMALLEST = 64


class Lane:
    """Items by arrival. Append is amortised O(1) (and the tree's O(log n)); removal and rank are O(log n)."""

    def __init__(self) -> None:
        self._items: list[Waiting | None] = []
        self._arrivals: list[int] = []
        self._keys: list[float] = []
        self._tree = [0] * (_SMALLEST + 1)
        self._index: dict[str, int] = {}
        self._head = 0

    def __len__(self) -> int:
        return len(self._index)

    def append(self, item: Waiting) -> None:
        """Add an item that arrived after all others here."""
        if len(self._items) == len(self._tree) - 1:
            self._rebuild(list(self))
        self._place(item)

    def insert(self, item: Waiting) -> None:
        """Add an item where its arrival belongs; O(n), for the rare one that comes back."""
        waiting = list(self)
        waiting.insert(bisect_left([other.arrival for other in waiting], item.arrival), item)
        self._rebuild(waiting)

    def remove(self, item: Waiting) -> None:
        """Take out an item that is here."""
        index = self._index.pop(item.id)
        self._items[index] = None
        self._count(index, -1)
        self._trim()

    def first(self) -> Waiting | None:
        """The earliest arrival."""
        return self._items[self._head] if self._index else None

    def rank(self, item: Waiting) -> int:
        """How many items arrived before this one and are still here."""
        return self._waiting_before(self._index[item.id])

    def arrived_before(self, arrival: int) -> int:
        """How many items here have an earlier number of arrival."""
        return self._waiting_before(bisect_left(self._arrivals, arrival))

    def arrived_by(self, time_ms: float) -> int:
        """How many items here arrived at or before a time; only where keys are times."""
        return self._waiting_before(bisect_right(self._keys, time_ms))

    def __iter__(self) -> Iterator[Waiting]:
        return (item for item in self._items if item is not None)

    def __reversed__(self) -> Iterator[Waiting]:
        return (item for item in reversed(self._items) if item is not None)

    def _place(self, item: Waiting) -> None:
        index = len(self._items)
        self._items.append(item)
        self._arrivals.append(item.arrival)
        self._keys.append(item.key)
        self._index[item.id] = index
        self._count(index, 1)

    def _trim(self) -> None:
        """Keep both ends of the array waiting, so that `first` needs no search."""
        items = self._items
        if not self._index:
            self._rebuild([])
            return
        while items[-1] is None:
            items.pop()
            self._arrivals.pop()
            self._keys.pop()
        while items[self._head] is None:
            self._head += 1

    def _rebuild(self, waiting: list[Waiting]) -> None:
        size = max(_SMALLEST, 2 * len(waiting))
        self._items, self._arrivals, self._keys, self._index = [], [], [], {}
        self._tree = [0] * (size + 1)
        self._head = 0
        for item in waiting:
            self._place(item)

    def _count(self, index: int, change: int) -> None:
        tree, node = self._tree, index + 1
        while node < len(tree):
            tree[node] += change
            node += node & -node

    def _waiting_before(self, index: int) -> int:
        tree, total = self._tree, 0
        while index > 0:
            total += tree[index]
            index -= index & -index
        return total
