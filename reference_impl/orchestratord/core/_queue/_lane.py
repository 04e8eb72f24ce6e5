"""One priority's items in order of arrival, with ranks: a growing array with gaps and a Fenwick tree that
counts what is alive.

It knows no other priority, no capacity and no age; `_pure` joins two lanes into a queue.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from orchestratord.core._queue._values import Item, Ticket

_SMALLEST = 64


class Lane:
    """Items by arrival.

    Append is amortised O(1) (plus the tree's O(log n)); removal and rank are O(log n).
    """

    def __init__(self) -> None:
        self._tickets: list[Ticket | None] = []
        self._arrivals: list[int] = []
        self._times: list[float] = []
        self._tree = [0] * (_SMALLEST + 1)
        self._index: dict[Item, int] = {}
        self._head = 0

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, item: Item) -> bool:
        return item in self._index

    def append(self, ticket: Ticket) -> None:
        """Add an item that arrived after all others here."""
        if len(self._tickets) == len(self._tree) - 1:
            self._rebuild([alive for alive in self._tickets if alive is not None])
        self._place(ticket)

    def insert(self, ticket: Ticket) -> None:
        """Add an item where its arrival belongs; O(n), for the rare one that comes back."""
        alive = [other for other in self._tickets if other is not None]
        alive.insert(bisect_left([other.arrival for other in alive], ticket.arrival), ticket)
        self._rebuild(alive)

    def remove(self, item: Item) -> Ticket | None:
        """Take an item out. None when it is not here."""
        index = self._index.pop(item, None)
        if index is None:
            return None
        ticket = self._tickets[index]
        self._tickets[index] = None
        self._count(index, -1)
        self._trim()
        return ticket

    def first(self) -> Ticket | None:
        """The earliest arrival."""
        return self._tickets[self._head] if self._index else None

    def rank(self, item: Item) -> int:
        """How many items arrived before this one and are still here."""
        return self._alive_before(self._index[item])

    def ticket(self, item: Item) -> Ticket:
        """The ticket of an item that is here."""
        ticket = self._tickets[self._index[item]]
        assert ticket is not None
        return ticket

    def arrived_before(self, arrival: int) -> int:
        """How many items here have an earlier number of arrival."""
        return self._alive_before(bisect_left(self._arrivals, arrival))

    def arrived_by(self, time_ms: float) -> int:
        """How many items here arrived at or before a time."""
        return self._alive_before(bisect_right(self._times, time_ms))

    def __iter__(self) -> Iterator[Ticket]:
        return (ticket for ticket in self._tickets if ticket is not None)

    def _place(self, ticket: Ticket) -> None:
        index = len(self._tickets)
        self._tickets.append(ticket)
        self._arrivals.append(ticket.arrival)
        self._times.append(ticket.arrived_ms)
        self._index[ticket.item] = index
        self._count(index, 1)

    def _trim(self) -> None:
        """Keep both ends of the array alive, so that `first` and `last` need no search."""
        tickets = self._tickets
        if not self._index:
            self._rebuild([])
            return
        while tickets[-1] is None:
            tickets.pop()
            self._arrivals.pop()
            self._times.pop()
        while tickets[self._head] is None:
            self._head += 1

    def _rebuild(self, alive: list[Ticket]) -> None:
        size = max(_SMALLEST, 2 * len(alive))
        self._tickets, self._arrivals, self._times, self._index = [], [], [], {}
        self._tree = [0] * (size + 1)
        self._head = 0
        for ticket in alive:
            self._place(ticket)

    def _count(self, index: int, change: int) -> None:
        tree, node = self._tree, index + 1
        while node < len(tree):
            tree[node] += change
            node += node & -node

    def _alive_before(self, index: int) -> int:
        tree, total = self._tree, 0
        while index > 0:
            total += tree[index]
            index -= index & -index
        return total
