"""What a full queue does: who is refused, who is evicted, and who never is."""

from math import inf
from random import Random

import pytest
from queue_making import MakeQueue

from orchestratord.core._queue import BATCH, INTERACTIVE, Entry, Placed, Refused

ORDERS = pytest.mark.parametrize("order", ["strict", "wfq"])


@ORDERS
@pytest.mark.requirement("OC-CORE-1002")
def test_reject_refuses_everyone(make_queue: MakeQueue, order: str) -> None:
    queue = make_queue(capacity=1, policy="reject", order=order)
    queue.enqueue("a", None, BATCH, 0.0)
    for priority in (INTERACTIVE, BATCH):
        assert queue.would_refuse(priority)
        assert queue.enqueue("b", None, priority, 0.0) == Refused("reject")
    assert len(queue) == 1


@ORDERS
@pytest.mark.requirement("OC-CORE-1002")
def test_drop_lru_evicts_the_oldest_batch_item_first(make_queue: MakeQueue, order: str) -> None:
    queue = make_queue(capacity=3, policy="drop-lru", order=order)
    queue.enqueue("i1", 1, INTERACTIVE, 0.0)
    queue.enqueue("b1", 2, BATCH, 0.0, tenant="t")
    queue.enqueue("b2", 3, BATCH, 0.0)
    evicted = queue.enqueue("i2", 4, INTERACTIVE, 0.0)
    assert isinstance(evicted, Placed)
    assert evicted.evicted == Entry("b1", 2, BATCH, "t")
    evicted = queue.enqueue("b3", 5, BATCH, 0.0)
    assert isinstance(evicted, Placed)
    assert evicted.evicted.id == "b2"
    queue.cancel("b3")
    queue.enqueue("i3", 6, INTERACTIVE, 0.0)
    assert queue.enqueue("b4", 7, BATCH, 0.0) == Refused(
        "drop-lru"
    )  # a batch item never evicts an interactive one
    evicted = queue.enqueue("i4", 8, INTERACTIVE, 0.0)
    assert isinstance(evicted, Placed)
    assert evicted.evicted.id == "i1"


@ORDERS
@pytest.mark.requirement("OC-CORE-1002")
def test_shedding_takes_the_latest_batch_item(make_queue: MakeQueue, order: str) -> None:
    queue = make_queue(capacity=3, policy="shed-low-priority", order=order)
    for name, priority in (("b1", BATCH), ("b2", BATCH), ("i1", INTERACTIVE)):
        queue.enqueue(name, None, priority, 0.0)
    assert queue.would_refuse(BATCH)
    assert queue.enqueue("b3", None, BATCH, 0.0) == Refused("shed-low-priority")
    for name, victim in (("i2", "b2"), ("i3", "b1")):
        evicted = queue.enqueue(name, None, INTERACTIVE, 0.0)
        assert isinstance(evicted, Placed)
        assert evicted.evicted.id == victim
    assert queue.enqueue("i4", None, INTERACTIVE, 0.0) == Refused("shed-low-priority")


@ORDERS
@pytest.mark.parametrize(("policy", "victims"), [("drop-lru", "bca"), ("shed-low-priority", "cba")])
def test_item_that_is_late_anyway_goes_first(
    make_queue: MakeQueue, order: str, policy: str, victims: str
) -> None:
    queue = make_queue(capacity=3, policy=policy, order=order)
    queue.enqueue("a", None, BATCH, 0.0)
    queue.enqueue("b", None, BATCH, 0.0, latest_start_ms=10.0)
    queue.enqueue("c", None, BATCH, 0.0, latest_start_ms=5.0)
    gone = []
    for number in range(3):
        evicted = queue.enqueue(str(number), None, INTERACTIVE, 10.5)
        assert isinstance(evicted, Placed)
        gone.append(evicted.evicted.id)
    assert gone == list(victims)


@ORDERS
@pytest.mark.parametrize("policy", ["drop-lru", "shed-low-priority"])
def test_late_items_are_found_among_many(make_queue: MakeQueue, order: str, policy: str) -> None:
    queue = make_queue(capacity=10_000, policy=policy, order=order)
    late = {3, 64, 700, 5_000, 9_999}
    for number in range(10_000):
        queue.enqueue(str(number), None, BATCH, 0.0, latest_start_ms=1.0 if number in late else 1e9)
    gone = []
    for number in range(6):
        evicted = queue.enqueue(f"i{number}", None, INTERACTIVE, 2.0)
        assert isinstance(evicted, Placed)
        gone.append(int(evicted.evicted.id))
    oldest_first = policy == "drop-lru"
    assert gone == [*sorted(late, reverse=not oldest_first), 0 if oldest_first else 9_998]


@pytest.mark.parametrize("policy", ["drop-lru", "shed-low-priority"])
@pytest.mark.parametrize("seed", range(4))
def test_late_items_are_found_where_many_came_and_went(make_queue: MakeQueue, policy: str, seed: int) -> None:
    """So many that they lie in several regions, and their ring begins anew in the middle of one."""
    print(f"seed {seed}")
    chance, capacity = Random(seed), 6_000
    queue = make_queue(capacity=capacity, policy=policy)
    for number in range(capacity):
        queue.enqueue(f"gone-{number}", None, BATCH, 0.0)
    for _ in range(chance.randrange(capacity // 2, capacity)):
        queue.dequeue(0.0)
    waiting = [(entry.id, inf) for entry in queue.ordered(0.0)]
    for number in range(capacity - len(waiting)):
        latest = float(chance.randrange(1_000)) if chance.random() < 0.02 else inf
        queue.enqueue(str(number), None, BATCH, 0.0, latest_start_ms=latest)
        waiting.append((str(number), latest))
    for now in range(0, 1_000, 20):
        losers = waiting if policy == "drop-lru" else waiting[::-1]
        expected = next((row for row in losers if row[1] < now), losers[0])
        evicted = queue.enqueue(f"new-{now}", None, INTERACTIVE, float(now))
        assert isinstance(evicted, Placed)
        assert evicted.evicted.id == expected[0]
        waiting.remove(expected)


@ORDERS
@pytest.mark.parametrize("policy", ["drop-lru", "shed-low-priority"])
def test_item_that_has_started_is_never_evicted(make_queue: MakeQueue, order: str, policy: str) -> None:
    queue = make_queue(capacity=1, policy=policy, order=order)
    queue.enqueue("a", None, BATCH, 0.0, latest_start_ms=1.0)
    ticket = queue.dequeue(0.0)
    assert ticket is not None
    queue.put_back(ticket, started=True)
    assert queue.would_refuse(INTERACTIVE)
    assert queue.enqueue("b", None, INTERACTIVE, 5.0) == Refused(policy)  # type: ignore[arg-type]
    ticket = queue.dequeue(5.0)
    assert ticket is not None
    assert ticket.started


@ORDERS
@pytest.mark.requirement("OC-CONFIG-6009")
def test_bounds_that_change_leave_those_that_wait_alone(make_queue: MakeQueue, order: str) -> None:
    queue = make_queue(capacity=3, policy="reject", age_ms=100.0, order=order)
    for name in ("a", "b", "c"):
        queue.enqueue(name, None, BATCH, 0.0)
    queue.set_bounds(1, "drop-lru", 7.0)
    assert (queue.capacity, queue.policy, queue.age_ms) == (1, "drop-lru", 7.0)
    assert [entry.id for entry in queue.ordered(0.0)] == ["a", "b", "c"]
    evicted = queue.enqueue("d", None, BATCH, 1.0)
    assert isinstance(evicted, Placed)
    assert (evicted.evicted.id, len(queue)) == ("a", 3)
    queue.set_bounds(4, "reject", inf)
    assert isinstance(queue.enqueue("e", None, INTERACTIVE, 2.0), int)
    assert queue.enqueue("f", None, INTERACTIVE, 2.0) == Refused("reject")


def test_bad_bounds_change_nothing(make_queue: MakeQueue) -> None:
    queue = make_queue(capacity=2, policy="reject", age_ms=100.0)
    for bad in ((0, "reject", 1.0), (1, "at-will", 1.0), (1, "reject", -1.0)):
        with pytest.raises(ValueError, match=r"holds|policy|age"):
            queue.set_bounds(*bad)
    assert (queue.capacity, queue.policy, queue.age_ms) == (2, "reject", 100.0)
