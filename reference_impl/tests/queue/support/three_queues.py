"""The queue in C, its twin and the naive list, driven together by operations read off bytes."""

from dataclasses import dataclass, field
from math import inf

from naive_queue import NaiveQueue, Task

from orchestratord.core._queue import AdmissionQueue, DuplicateIdError, PureQueue, Ticket, TicketError

TENANTS = ("", *(f"tenant-{number}" for number in range(47)))
COSTS = (0.0, 1.0, 3.0, 0.1, 250.0)
WEIGHTS = (1.0, 8.0, 0.5, 3.0)
STEPS_MS = (0.0, 1.0, 7.5, 40.0, -5.0)
LATEST_MS = (None, -1.0, 0.0, 10.0, 60.0)
AGE_MS = 50.0


class Reader:
    """Numbers off bytes; zeros when they run out."""

    def __init__(self, program: bytes) -> None:
        self._program = program
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._program)

    def pick(self, count: int) -> int:
        """A number below `count`, which is at most 256."""
        self._at += 1
        return self._program[self._at - 1] % count if self._at <= len(self._program) else 0


@dataclass
class Trio:
    """One queue, three times. `run` gives the number of operations."""

    fast: AdmissionQueue
    policy: str
    capacity: int
    order: str
    ids: int = 40
    tenants: int = 4
    now: float = 0.0
    serial: int = 0
    tickets: list[tuple[Ticket, Ticket, Task]] = field(default_factory=list)
    void: list[tuple[Ticket, Ticket]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pure: AdmissionQueue = PureQueue(self.capacity, self.policy, AGE_MS, self.order)  # type: ignore[arg-type]
        self.naive = NaiveQueue(self.capacity, self.policy, AGE_MS, self.order)

    def run(self, program: bytes) -> int:
        reader, count = Reader(program), 0
        operations = (
            *(self.enqueue,) * 6,
            *(self.dequeue,) * 3,
            *(self.cancel,) * 2,
            *(self.reprioritise,) * 2,
            self.position,
            self.put_back,
            self.settle,
            self.ahead,
            self.look,
            self.reuse,
            self.reload,
        )
        while reader:
            operations[reader.pick(len(operations))](reader)
            self.compare()
            count += 1
        self.look(reader)
        return count

    def name(self, reader: Reader) -> str:
        return f"task-{reader.pick(self.ids)}"

    def enqueue(self, reader: Reader) -> None:
        self.now = max(0.0, self.now + STEPS_MS[reader.pick(5)])
        self.serial += 1
        name, priority, tenant = self.name(reader), reader.pick(2), TENANTS[reader.pick(self.tenants)]
        cost, weight, within = COSTS[reader.pick(5)], WEIGHTS[reader.pick(4)], LATEST_MS[reader.pick(5)]
        latest = None if within is None else self.now + within
        expected = self.naive.enqueue(
            name, self.serial, priority, self.now, tenant, cost, weight, inf if latest is None else latest
        )
        for queue in (self.fast, self.pure):
            try:
                answer = queue.enqueue(name, self.serial, priority, self.now, tenant, cost, weight, latest)
            except DuplicateIdError:
                assert expected is None
            else:
                assert answer == expected
                assert type(answer) is type(expected)

    def dequeue(self, reader: Reader) -> None:
        hold_batch = reader.pick(4) == 0
        entry = self.fast.peek(self.now, hold_batch)
        assert entry == self.pure.peek(self.now, hold_batch)
        task = self.naive.dequeue(self.now, hold_batch)
        fast, pure = self.fast.dequeue(self.now, hold_batch), self.pure.dequeue(self.now, hold_batch)
        if task is None:
            assert fast is None
            assert pure is None
            assert entry is None
            return
        assert fast is not None
        assert pure is not None
        assert entry == task.entry()
        key = task.arrived_ms if self.order == "strict" else task.start
        expected = (*task.entry(), task.arrival, key, task.latest, task.cost, task.started)
        for ticket in (fast, pure):
            found = (ticket.id, ticket.payload, ticket.priority, ticket.tenant, ticket.arrival, ticket.key)
            assert (*found, ticket.latest_start_ms, ticket.cost, ticket.started) == expected
        self.tickets.append((fast, pure, task))

    def cancel(self, reader: Reader) -> None:
        name, used = self.name(reader), COSTS[reader.pick(5)]
        expected = self.naive.cancel(name, used)
        assert self.fast.cancel(name, used) is self.pure.cancel(name, used) is expected

    def reprioritise(self, reader: Reader) -> None:
        name, priority, weight = self.name(reader), reader.pick(2), WEIGHTS[reader.pick(4)]
        expected = self.naive.reprioritise(name, priority, weight)
        assert self.fast.reprioritise(name, priority, weight) is expected
        assert self.pure.reprioritise(name, priority, weight) is expected

    def position(self, reader: Reader) -> None:
        name, now = self.name(reader), self.now + STEPS_MS[reader.pick(5)]
        expected = self.naive.position(name, now)
        assert self.fast.position(name, now) == self.pure.position(name, now) == expected

    def put_back(self, reader: Reader) -> None:
        if not self.tickets:
            return
        fast, pure, task = self.tickets.pop(reader.pick(len(self.tickets)))
        started = reader.pick(2) == 1
        if self.naive.find(task.id):
            for queue, ticket in ((self.fast, fast), (self.pure, pure)):
                try:
                    queue.put_back(ticket, started)
                except DuplicateIdError:
                    continue
                raise AssertionError("an id waits twice")
            self.tickets.append((fast, pure, task))
            return
        self.naive.put_back(task, started)
        self.fast.put_back(fast, started)
        self.pure.put_back(pure, started)
        self.void.append((fast, pure))

    def settle(self, reader: Reader) -> None:
        if not self.tickets:
            return
        fast, pure, task = self.tickets.pop(reader.pick(len(self.tickets)))
        used = COSTS[reader.pick(5)]
        self.naive.settle(task, used)
        self.fast.settle(fast, used)
        self.pure.settle(pure, used)
        self.void.append((fast, pure))

    def ahead(self, reader: Reader) -> None:
        priority, tenant = reader.pick(2), TENANTS[reader.pick(self.tenants)]
        expected = self.naive.arrivals_ahead(priority, self.now, tenant)
        assert self.fast.arrivals_ahead(priority, self.now, tenant) == expected
        assert self.pure.arrivals_ahead(priority, self.now, tenant) == expected

    def look(self, reader: Reader) -> None:
        now = self.now + STEPS_MS[reader.pick(5)]
        expected = [task.entry() for task in self.naive.in_order(now)]
        assert list(self.fast.ordered(now)) == expected
        assert list(self.pure.ordered(now)) == expected
        assert self.fast.snapshot() == self.pure.snapshot()
        for priority in (0, 1):
            assert self.fast.would_refuse(priority) == self.pure.would_refuse(priority)
        for tenant in TENANTS[: self.tenants]:
            expected_length = sum(task.tenant == tenant for task in self.naive.waiting)
            assert self.fast.tenant_length(tenant) == self.pure.tenant_length(tenant) == expected_length

    def reuse(self, reader: Reader) -> None:
        """A void ticket is refused."""
        if not self.void:
            return
        fast, pure = self.void[reader.pick(min(256, len(self.void)))]
        for queue, ticket in ((self.fast, fast), (self.pure, pure)):
            for call in (queue.put_back, lambda given, to=queue: to.settle(given, 1.0)):
                try:
                    call(ticket)
                except TicketError:
                    continue
                raise AssertionError("a void ticket was taken")

    def reload(self, _reader: Reader) -> None:
        """Each of the two becomes what the other was; now and then, since nothing that runs survives it."""
        if self.serial % 5 or self.tickets:
            return
        fast, pure = self.fast.snapshot(), self.pure.snapshot()
        self.fast.restore(pure)
        self.pure.restore(fast)

    def compare(self) -> None:
        assert len(self.fast) == len(self.pure) == len(self.naive.waiting)
        assert self.fast.virtual_time == self.pure.virtual_time == self.naive.v
        lengths = [sum(task.priority == priority for task in self.naive.waiting) for priority in (0, 1)]
        assert [self.fast.length(0), self.fast.length(1)] == lengths
        assert [self.pure.length(0), self.pure.length(1)] == lengths
        check = getattr(self.fast, "_check", None)  # only in debug builds
        if check is not None:
            check()
