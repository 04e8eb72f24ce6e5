"""The queue: its table of orders and policies, and its equality with a naive one over any course of calls."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core._queue import BATCH, INTERACTIVE, FullPolicy, Placed, Refused, Ticket, create_queue

AGE_MS = 100.0


@dataclass
class NaiveQueue:
    """The specification as plainly as it can be written: one list, sorted whenever it is asked."""

    capacity: int
    policy: FullPolicy
    waiting: list[Ticket]
    arrivals: int = 0

    def order(self, now_ms: float) -> list[Ticket]:
        urgent = [t for t in self.waiting if t.priority == INTERACTIVE or t.arrived_ms <= now_ms - AGE_MS]
        rest = [t for t in self.waiting if t not in urgent]
        by_arrival = lambda t: t.arrival  # noqa: E731
        return sorted(urgent, key=by_arrival) + sorted(rest, key=by_arrival)

    def enqueue(self, item: str, priority: int, now_ms: float) -> Placed | Refused:
        evicted = None
        if len(self.waiting) >= self.capacity:
            victims = self.victims(priority)
            if not victims:
                return Refused(self.policy)
            self.waiting.remove(victims[0])
            evicted = victims[0].item
        ticket = Ticket(item, priority, self.arrivals, now_ms)
        self.arrivals += 1
        self.waiting.append(ticket)
        return Placed(self.order(now_ms).index(ticket), evicted)

    def victims(self, priority: int) -> list[Ticket]:
        batch = sorted((t for t in self.waiting if t.priority == BATCH), key=lambda t: t.arrival)
        interactive = sorted((t for t in self.waiting if t.priority == INTERACTIVE), key=lambda t: t.arrival)
        if self.policy == "drop-lru":
            return batch or (interactive if priority == INTERACTIVE else [])
        if self.policy == "shed-low-priority" and priority == INTERACTIVE:
            return batch[::-1]
        return []


CALLS = st.lists(
    st.one_of(
        st.tuples(st.just("enqueue"), st.sampled_from([INTERACTIVE, BATCH])),
        st.tuples(st.just("dequeue"), st.none()),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("put back"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 60, 110])),
    ),
    max_size=120,
)


@pytest.mark.requirement("OC-CORE-1003")
@pytest.mark.requirement("OC-CORE-1006")
@pytest.mark.requirement("OC-CORE-1053")
@given(CALLS, st.integers(1, 6), st.sampled_from(["reject", "drop-lru", "shed-low-priority"]))
def test_equals_a_naive_queue(calls, capacity, policy) -> None:
    queue = create_queue(capacity, policy, AGE_MS)
    naive = NaiveQueue(capacity, policy, [])
    taken: list[Ticket] = []
    now_ms = 0.0
    for number, (call, argument) in enumerate(calls):
        now_ms += 1
        item = f"task-{number}"
        if call == "enqueue":
            assert queue.enqueue(item, argument, now_ms) == naive.enqueue(item, argument, now_ms)
        elif call == "dequeue":
            expected = next(iter(naive.order(now_ms)), None)
            assert queue.peek(now_ms) == (expected and expected.item)
            assert queue.dequeue(now_ms) == expected
            if expected:
                naive.waiting.remove(expected)
                taken.append(expected)
        elif call == "cancel" and naive.waiting:
            victim = naive.waiting[argument % len(naive.waiting)]
            assert queue.cancel(victim.item)
            assert not queue.cancel(victim.item)
            naive.waiting.remove(victim)
        elif call == "put back" and taken:
            ticket = taken.pop(argument % len(taken))
            queue.put_back(ticket)
            naive.waiting.append(ticket)
        elif call == "wait":
            now_ms += argument
        order = [ticket.item for ticket in naive.order(now_ms)]
        assert list(queue.ordered(now_ms)) == order
        assert [queue.position(item, now_ms) for item in order] == list(range(len(order)))
        assert len(queue) == len(order)
        for priority in (INTERACTIVE, BATCH):
            assert queue.length(priority) == sum(ticket.priority == priority for ticket in naive.waiting)


@pytest.mark.requirement("OC-CORE-1003")
def test_keeps_the_order_of_arrival_over_thousands() -> None:
    queue = create_queue(5000, "reject", AGE_MS)
    for number in range(5000):
        queue.enqueue(number, INTERACTIVE, number)
    for number in range(0, 5000, 2):
        queue.cancel(number)
    assert queue.position(4999, 5000) == 2499
    assert [queue.dequeue(5000).item for _ in range(2500)] == list(range(1, 5000, 2))
    assert queue.dequeue(5000) is None


def test_interactive_goes_before_batch_until_batch_has_aged() -> None:
    queue = create_queue(8, "reject", AGE_MS)
    queue.enqueue("old batch", BATCH, 0)
    queue.enqueue("young batch", BATCH, 60)
    queue.enqueue("interactive", INTERACTIVE, 70)
    assert list(queue.ordered(99)) == ["interactive", "old batch", "young batch"]
    assert list(queue.ordered(100)) == ["old batch", "interactive", "young batch"]
    assert queue.arrivals_ahead(INTERACTIVE, 99) == 1
    assert queue.arrivals_ahead(INTERACTIVE, 100) == 2
    assert queue.arrivals_ahead(BATCH, 99) == 3


@pytest.mark.parametrize(
    ("policy", "waiting", "new", "expected"),
    [
        ("reject", [BATCH, INTERACTIVE], INTERACTIVE, Refused("reject")),
        ("drop-lru", [INTERACTIVE, BATCH], INTERACTIVE, Placed(1, 1)),
        ("drop-lru", [INTERACTIVE, INTERACTIVE], INTERACTIVE, Placed(1, 0)),
        ("drop-lru", [BATCH, BATCH], BATCH, Placed(1, 0)),
        ("drop-lru", [INTERACTIVE, INTERACTIVE], BATCH, Refused("drop-lru")),
        ("shed-low-priority", [BATCH, BATCH], INTERACTIVE, Placed(0, 1)),
        ("shed-low-priority", [BATCH, BATCH], BATCH, Refused("shed-low-priority")),
        ("shed-low-priority", [INTERACTIVE, INTERACTIVE], INTERACTIVE, Refused("shed-low-priority")),
    ],
)
def test_what_a_full_queue_does(policy, waiting, new, expected) -> None:
    queue = create_queue(2, policy, AGE_MS)
    for number, priority in enumerate(waiting):
        queue.enqueue(number, priority, 0)
    assert queue.enqueue("new", new, 1) == expected


def test_a_doomed_task_of_the_losing_class_goes_first() -> None:
    queue = create_queue(3, "drop-lru", AGE_MS)
    for number in range(3):
        queue.enqueue(number, BATCH, number)
    seen = []

    def doomed(item, position) -> bool:
        seen.append((item, position))
        return item == 1

    assert queue.enqueue("new", INTERACTIVE, 3, doomed) == Placed(0, 1)
    assert seen == [(0, 0), (1, 1)]


def test_a_task_cannot_wait_twice() -> None:
    queue = create_queue(3, "reject", AGE_MS)
    queue.enqueue("task", BATCH, 0)
    with pytest.raises(ValueError, match="waits already"):
        queue.enqueue("task", INTERACTIVE, 1)
    ticket = queue.dequeue(2)
    queue.put_back(ticket)
    with pytest.raises(ValueError, match="waits already"):
        queue.put_back(ticket)


def test_a_queue_holds_at_least_one() -> None:
    with pytest.raises(ValueError, match="at least one"):
        create_queue(0, "reject", AGE_MS)


def test_putting_back_goes_beyond_the_capacity() -> None:
    queue = create_queue(1, "reject", AGE_MS)
    queue.enqueue("first", INTERACTIVE, 0)
    ticket = queue.dequeue(1)
    queue.enqueue("second", INTERACTIVE, 1)
    queue.put_back(ticket)
    assert list(queue.ordered(2)) == ["first", "second"]
    assert queue.enqueue("third", INTERACTIVE, 3) == Refused("reject")
