"""The queue in Python: both orders, and what a full queue does. Its twin in C answers alike, faster."""

from collections.abc import Iterator
from heapq import merge
from math import inf

from orchestratord.core._queue import _checks
from orchestratord.core._queue._errors import DuplicateIdError, TicketError
from orchestratord.core._queue._flows import Flows
from orchestratord.core._queue._lane import Lane
from orchestratord.core._queue._saving import read_snapshot
from orchestratord.core._queue._tags import Tags
from orchestratord.core._queue._tickets import PureTicket, Waiting
from orchestratord.core._queue._values import (
    BATCH,
    INTERACTIVE,
    ORDERS,
    POLICIES,
    Entry,
    FullPolicy,
    Order,
    Placed,
    Refused,
    SavedFlow,
    SavedItem,
    Snapshot,
)


class PureQueue:
    """A bounded queue over two priorities; see `AdmissionQueue` for what each call answers."""

    def __init__(self, capacity: int, policy: FullPolicy, age_ms: float, order: Order = "strict") -> None:
        self.order = _checks.choice(order, ORDERS, "order")
        self.set_bounds(capacity, policy, age_ms)
        self._fair = order == "wfq"
        self._empty()

    def set_bounds(self, capacity: int, policy: FullPolicy, age_ms: float, /) -> None:
        known = _checks.choice(policy, POLICIES, "policy")
        most, age = _checks.capacity(capacity), _checks.age(age_ms)
        self.policy, self.capacity, self.age_ms = known, most, age

    def _empty(self) -> None:
        self._lanes = (Lane(), Lane())
        self._tags = (Tags(), Tags())
        self._flows = Flows()
        self._items: dict[str, Waiting] = {}
        self._tenants: dict[str, int] = {}
        self._next_arrival = 0
        self._last_ms = -inf
        self._epoch = object()  # a ticket's owner: a restore voids those from before

    @property
    def virtual_time(self) -> float:
        return self._flows.virtual_time

    def enqueue(  # noqa: PLR0917 - a call by position costs half of one by name
        self,
        item_id: str,
        payload: object,
        priority: int,
        now_ms: float,
        /,
        tenant: str = "",
        cost: float = 1.0,
        weight: float = 1.0,
        latest_start_ms: float | None = None,
    ) -> int | Placed | Refused:
        name = _checks.name(item_id, "an id")
        rank = _checks.priority(priority)
        now = _checks.time(now_ms)
        tenant = _checks.name(tenant, "a tenant")
        cost, weight = _checks.cost(cost, "a cost"), _checks.weight(weight)
        latest = _checks.latest(latest_start_ms)
        self._must_be_new(name)
        victim: Waiting | None = None
        if len(self) >= self.capacity:
            victim = self._victim(rank, now)
            if victim is None:
                return Refused(self.policy)
        key = max(now, self._last_ms)
        if self._fair:
            key = self._flows.start_tag(tenant, rank, victim)
        if victim is not None:
            self._withdraw(victim, 0.0)
        position = self._tag_position(key) if self._fair else self._arrival_position(rank, now)
        self._last_ms = max(now, self._last_ms)
        item = Waiting(name, payload, rank, tenant, self._next_arrival, key, latest, cost, started=False)
        self._next_arrival += 1
        self._lanes[rank].append(item)
        self._enter(item)
        if self._fair:
            self._flows.add(item, weight)
        self._flows.rest()
        return position if victim is None else Placed(position, _entry(victim))

    def would_refuse(self, priority: int, /) -> bool:
        return self._loser(_checks.priority(priority)) is None and len(self) >= self.capacity

    def dequeue(self, now_ms: float, /, hold_batch: bool = False) -> PureTicket | None:
        item = self._next(_checks.time(now_ms), hold_batch)
        if item is None:
            return None
        self._leave(item)
        if self._fair:
            self._flows.dispatch(item)
            self._flows.rest()
        ticket = PureTicket(*_fields(item))
        ticket.owner = self._epoch
        return ticket

    def peek(self, now_ms: float, /, hold_batch: bool = False) -> Entry | None:
        item = self._next(_checks.time(now_ms), hold_batch)
        return None if item is None else _entry(item)

    def put_back(self, ticket: PureTicket, /, started: bool = False) -> None:
        self._must_be_ours(ticket)
        self._must_be_new(ticket.id)
        item = Waiting(*_fields(ticket))
        item.started = item.started or bool(started)
        self._lanes[item.priority].insert(item)
        self._enter(item)
        if self._fair:
            self._flows.put_back(item)
        ticket.owner = None

    def settle(self, ticket: PureTicket, used: float, /) -> None:
        amount = _checks.cost(used, "a used cost")
        self._must_be_ours(ticket)
        if self._fair:
            self._flows.end(ticket, amount)
            self._flows.rest()
        ticket.owner = None

    def cancel(self, item_id: str, /, used: float = 0.0) -> bool:
        item = self._items.get(_checks.name(item_id, "an id"))
        amount = _checks.cost(used, "a used cost")
        if item is None:
            return False
        self._withdraw(item, amount)
        self._flows.rest()
        return True

    def reprioritise(self, item_id: str, priority: int, /, weight: float = 1.0) -> bool:
        item = self._items.get(_checks.name(item_id, "an id"))
        rank, weight = _checks.priority(priority), _checks.weight(weight)
        if item is None:
            return False
        if item.priority != rank:
            self._withdraw(item, 0.0)
            item.priority = rank
            if self._fair:
                item.key = self._flows.start_tag(item.tenant, rank)
                self._flows.add(item, weight)
            self._lanes[rank].insert(item)
            self._enter(item)
            self._flows.rest()
        return True

    def position(self, item_id: str, now_ms: float, /) -> int | None:
        item = self._items.get(_checks.name(item_id, "an id"))
        now = _checks.time(now_ms)
        if item is None:
            return None
        if self._fair:
            return sum(tags.rank(item) for tags in self._tags)
        interactive, batch = self._lanes
        rank = self._lanes[item.priority].rank(item)
        if item.priority == INTERACTIVE:
            return rank + min(batch.arrived_before(item.arrival), batch.arrived_by(now - self.age_ms))
        if item.key <= now - self.age_ms:
            return rank + interactive.arrived_before(item.arrival)
        return rank + len(interactive)

    def arrivals_ahead(self, priority: int, now_ms: float, /, tenant: str = "") -> int:
        rank, now = _checks.priority(priority), _checks.time(now_ms)
        tenant = _checks.name(tenant, "a tenant")
        if self._fair:
            return self._tag_position(self._flows.start_tag(tenant, rank))
        return self._arrival_position(rank, now)

    def length(self, priority: int, /) -> int:
        return len(self._lanes[_checks.priority(priority)])

    def tenant_length(self, tenant: str, /) -> int:
        return self._tenants.get(_checks.name(tenant, "a tenant"), 0)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item_id: object, /) -> bool:
        return type(item_id) is str and item_id in self._items

    def ordered(self, now_ms: float, /) -> Iterator[Entry]:
        now = _checks.time(now_ms)
        if self._fair:
            return iter(
                [_entry(item) for item in merge(*self._tags, key=lambda item: (item.key, item.arrival))]
            )
        interactive, batch = self._lanes
        waiting = list(batch)
        aged = batch.arrived_by(now - self.age_ms)
        merged = merge(interactive, waiting[:aged], key=lambda item: item.arrival)
        return iter([_entry(item) for item in (*merged, *waiting[aged:])])

    def snapshot(self) -> Snapshot:
        flows = [SavedFlow(*name, flow.weight, flow.finish) for name, flow in self._flows.by_name.items()]
        items = merge(*self._lanes, key=lambda item: item.arrival)
        return Snapshot(
            self.order,
            self._next_arrival,
            self._last_ms,
            self._flows.virtual_time,
            self._flows.largest_finish,
            tuple(sorted(flows)),
            tuple(SavedItem(*_fields(item)) for item in items),
        )

    def restore(self, snapshot: Snapshot, /) -> None:
        saved = read_snapshot(snapshot, self.order)
        self._empty()
        self._next_arrival = saved.next_arrival
        self._last_ms = saved.last_arrived_ms
        self._flows.virtual_time = saved.virtual_time
        self._flows.largest_finish = saved.largest_finish
        for flow in saved.flows:
            self._flows.restore_flow(*flow)
        for row in saved.items:
            item = Waiting(*row)
            self._lanes[item.priority].append(item)
            self._enter(item)
            if self._fair:
                self._flows.restore(item)
        self._flows.rest()

    def _must_be_new(self, item_id: str) -> None:
        if item_id in self._items:
            raise DuplicateIdError(f"an item of id {item_id!r} waits already")

    def _must_be_ours(self, ticket: PureTicket) -> None:
        if not isinstance(ticket, PureTicket):
            raise TypeError(f"a ticket is what dequeue returned, not {type(ticket).__name__}")
        if ticket.owner is not self._epoch:
            raise TicketError(f"{ticket!r} was settled or put back before, or is another queue's")

    def _next(self, now: float, hold_batch: bool) -> Waiting | None:
        interactive, batch = (lane.first() for lane in (self._tags if self._fair else self._lanes))
        if interactive is None or batch is None:
            return interactive or batch
        if self._fair:
            first = hold_batch or (interactive.key, interactive.arrival) < (batch.key, batch.arrival)
            return interactive if first else batch
        # OC-CORE-1053: a batch item that waited its bound competes by arrival.
        aged = batch.key <= now - self.age_ms
        return batch if aged and batch.arrival < interactive.arrival else interactive

    def _tag_position(self, key: float) -> int:
        return sum(tags.rank_of_new(key) for tags in self._tags)

    def _arrival_position(self, priority: int, now: float) -> int:
        if priority == BATCH:
            return len(self)
        return len(self._lanes[INTERACTIVE]) + self._lanes[BATCH].arrived_by(now - self.age_ms)

    def _enter(self, item: Waiting) -> None:
        self._items[item.id] = item
        self._tenants[item.tenant] = self._tenants.get(item.tenant, 0) + 1
        if self._fair:
            self._tags[item.priority].add(item)

    def _leave(self, item: Waiting) -> None:
        del self._items[item.id]
        self._lanes[item.priority].remove(item)
        self._tenants[item.tenant] -= 1
        if not self._tenants[item.tenant]:
            del self._tenants[item.tenant]
        if self._fair:
            self._tags[item.priority].remove(item)

    def _withdraw(self, item: Waiting, used: float) -> None:
        self._leave(item)
        if self._fair:
            self._flows.withdraw(item, used)

    def _losers(self, priority: int) -> list[Waiting]:
        """OC-CORE-1002: the class that loses a place to a new item of this priority, the first to go at the
        front.
        """
        interactive, batch = self._lanes
        if self.policy == "drop-lru":
            losers = [item for item in batch if not item.started]
            if losers or priority == BATCH:
                return losers
            return [item for item in interactive if not item.started]
        if self.policy == "shed-low-priority" and priority == INTERACTIVE:
            return [item for item in reversed(batch) if not item.started]
        return []

    def _loser(self, priority: int) -> Waiting | None:
        return next(iter(self._losers(priority)), None)

    def _victim(self, priority: int, now: float) -> Waiting | None:
        """Who gives up a place for a new item of this priority; None refuses the new one."""
        losers = self._losers(priority)
        late = (item for item in losers if item.latest_start_ms < now)
        return next(late, losers[0] if losers else None)


def _entry(item: Waiting) -> Entry:
    return Entry(item.id, item.payload, item.priority, item.tenant)


def _fields(item: Waiting) -> tuple[str, object, int, str, int, float, float, float, bool]:
    return (
        item.id,
        item.payload,
        item.priority,
        item.tenant,
        item.arrival,
        item.key,
        item.latest_start_ms,
        item.cost,
        item.started,
    )
