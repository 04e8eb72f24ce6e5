"""The queue in Python: order `strict` with ageing, and what a full queue does.

It is the reference for any faster twin.
"""

from collections.abc import Iterator
from heapq import merge

from orchestratord.core._queue._lane import Lane
from orchestratord.core._queue._values import (
    BATCH,
    INTERACTIVE,
    Doomed,
    FullPolicy,
    Item,
    Placed,
    Refused,
    Ticket,
)


class PureQueue:
    """A bounded queue over two priorities; see `AdmissionQueue` for what each call answers."""

    def __init__(self, capacity: int, policy: FullPolicy, age_ms: float) -> None:
        if capacity < 1:
            raise ValueError(f"a queue holds at least one item, not {capacity}")
        self.capacity = capacity
        self._policy = policy
        self._age_ms = age_ms
        self._lanes = (Lane(), Lane())
        self._next_arrival = 0

    def enqueue(
        self, item: Item, priority: int, now_ms: float, doomed: Doomed | None = None
    ) -> Placed | Refused:
        if item in self._lanes[INTERACTIVE] or item in self._lanes[BATCH]:
            raise ValueError("the item waits already")
        evicted: Item | None = None
        if len(self) >= self.capacity:
            victim = self._victim(priority, now_ms, doomed)
            if victim is None:
                return Refused(self._policy)
            self._lanes[victim.priority].remove(victim.item)
            evicted = victim.item
        position = self.arrivals_ahead(priority, now_ms)
        self._lanes[priority].append(Ticket(item, priority, self._next_arrival, now_ms))
        self._next_arrival += 1
        return Placed(position, evicted)

    def dequeue(self, now_ms: float) -> Ticket | None:
        ticket = self._next(now_ms)
        if ticket is not None:
            self._lanes[ticket.priority].remove(ticket.item)
        return ticket

    def peek(self, now_ms: float) -> Item | None:
        ticket = self._next(now_ms)
        return None if ticket is None else ticket.item

    def put_back(self, ticket: Ticket) -> None:
        if ticket.item in self._lanes[ticket.priority]:
            raise ValueError("the item waits already")
        self._lanes[ticket.priority].insert(ticket)

    def cancel(self, item: Item) -> bool:
        return any(lane.remove(item) is not None for lane in self._lanes)

    def position(self, item: Item, now_ms: float) -> int | None:
        interactive, batch = self._lanes
        if item in interactive:
            aged = batch.arrived_by(now_ms - self._age_ms)
            return interactive.rank(item) + min(batch.arrived_before(interactive.ticket(item).arrival), aged)
        if item in batch:
            ticket = batch.ticket(item)
            if ticket.arrived_ms <= now_ms - self._age_ms:
                return batch.rank(item) + interactive.arrived_before(ticket.arrival)
            return batch.rank(item) + len(interactive)
        return None

    def arrivals_ahead(self, priority: int, now_ms: float) -> int:
        interactive, batch = self._lanes
        if priority == BATCH:
            return len(self)
        return len(interactive) + batch.arrived_by(now_ms - self._age_ms)

    def length(self, priority: int) -> int:
        return len(self._lanes[priority])

    def __len__(self) -> int:
        return len(self._lanes[INTERACTIVE]) + len(self._lanes[BATCH])

    def ordered(self, now_ms: float) -> Iterator[Item]:
        interactive, batch = self._lanes
        waiting = list(batch)
        aged = batch.arrived_by(now_ms - self._age_ms)
        for ticket in merge(interactive, waiting[:aged], key=lambda ticket: ticket.arrival):
            yield ticket.item
        for ticket in waiting[aged:]:
            yield ticket.item

    def _next(self, now_ms: float) -> Ticket | None:
        interactive, batch = (lane.first() for lane in self._lanes)
        if interactive is None or batch is None:
            return interactive or batch
        # OC-CORE-1053: a batch task that waited its bound competes by arrival; until then interactive goes
        # first.
        aged = batch.arrived_ms <= now_ms - self._age_ms
        return batch if aged and batch.arrival < interactive.arrival else interactive

    def _victim(self, priority: int, now_ms: float, doomed: Doomed | None) -> Ticket | None:
        """OC-CORE-1002: who gives up a place for a new item of this priority; None refuses the new one."""
        losers = self._losers(priority)
        if doomed is not None:
            for ticket in losers:
                if doomed(ticket.item, self.position(ticket.item, now_ms) or 0):
                    return ticket
        return losers[0] if losers else None

    def _losers(self, priority: int) -> list[Ticket]:
        """The class that loses a place to a new item of this priority, the first to go at the front."""
        interactive, batch = self._lanes
        if self._policy == "drop-lru":
            return list(batch) or (list(interactive) if priority == INTERACTIVE else [])
        if self._policy == "shed-low-priority" and priority == INTERACTIVE:
            return list(batch)[::-1]
        return []
