"""A waiting item that changes its priority: where it stands then, and what it leaves behind."""

import pytest
from queue_making import MakeQueue

from orchestratord.core._queue import BATCH, INTERACTIVE, AdmissionQueue, Placed

ORDERS = pytest.mark.parametrize("order", ["strict", "wfq"])


def ids(queue: AdmissionQueue, now_ms: float = 0.0) -> list[str]:
    return [entry.id for entry in queue.ordered(now_ms)]


def finish_tags(queue: AdmissionQueue) -> dict[tuple[str, int], tuple[float, float]]:
    """Finish tag and weight of each flow."""
    return {(flow.tenant, flow.priority): (flow.finish, flow.weight) for flow in queue.snapshot().flows}


@pytest.mark.requirement("OC-CORE-1007")
def test_arrival_places_it_in_its_new_class(make_queue: MakeQueue) -> None:
    queue = make_queue()
    for name, priority in (("b1", BATCH), ("i1", INTERACTIVE), ("b2", BATCH), ("i2", INTERACTIVE)):
        queue.enqueue(name, None, priority, 0.0)
    assert queue.reprioritise("b2", INTERACTIVE)
    assert ids(queue) == ["i1", "b2", "i2", "b1"]
    assert queue.reprioritise("i1", BATCH)
    assert ids(queue) == ["b2", "i2", "b1", "i1"]
    assert [queue.position(name, 0.0) for name in ("b2", "i2", "b1", "i1")] == [0, 1, 2, 3]
    assert (queue.length(INTERACTIVE), queue.length(BATCH)) == (2, 2)


@pytest.mark.requirement("OC-CORE-1007")
@pytest.mark.requirement("OC-CORE-1053")
def test_wait_until_then_counts_for_ageing(make_queue: MakeQueue) -> None:
    queue = make_queue(age_ms=100.0)
    queue.enqueue("i1", None, INTERACTIVE, 0.0)
    queue.enqueue("b", None, INTERACTIVE, 10.0)
    queue.enqueue("i2", None, INTERACTIVE, 20.0)
    queue.reprioritise("b", BATCH)
    assert ids(queue, 109.0) == ["i1", "i2", "b"]
    assert ids(queue, 110.0) == ["i1", "b", "i2"]


@ORDERS
@pytest.mark.requirement("OC-CORE-1007")
def test_priority_that_it_has_changes_nothing(make_queue: MakeQueue, order: str) -> None:
    queue = make_queue(order=order)
    for name in ("a", "b"):
        queue.enqueue(name, None, BATCH, 0.0, cost=5.0, weight=2.0)
    before = queue.snapshot()
    assert queue.reprioritise("a", BATCH, weight=8.0)
    assert queue.snapshot() == before


@pytest.mark.requirement("OC-CORE-1007")
def test_last_of_its_flow_takes_its_cost_along(make_queue: MakeQueue) -> None:
    queue = make_queue(order="wfq")
    queue.enqueue("b1", None, BATCH, 0.0, tenant="t", cost=10.0)
    queue.enqueue("b2", None, BATCH, 0.0, tenant="t", cost=10.0)
    queue.enqueue("i1", None, INTERACTIVE, 0.0, tenant="t", cost=16.0, weight=8.0)
    assert queue.reprioritise("b2", INTERACTIVE, weight=4.0)
    assert finish_tags(queue) == {("t", INTERACTIVE): (4.5, 4.0), ("t", BATCH): (10.0, 1.0)}
    tickets = [queue.dequeue(0.0) for _ in range(3)]
    assert [(ticket.id, ticket.key, ticket.priority) for ticket in tickets if ticket is not None] == [
        ("b1", 0.0, BATCH),
        ("i1", 0.0, INTERACTIVE),
        ("b2", 2.0, INTERACTIVE),
    ]


@pytest.mark.requirement("OC-CORE-1007")
def test_tags_behind_it_stand(make_queue: MakeQueue) -> None:
    queue = make_queue(order="wfq")
    for name in ("b1", "b2", "b3"):
        queue.enqueue(name, None, BATCH, 0.0, tenant="t", cost=10.0)
    queue.reprioritise("b2", INTERACTIVE)
    assert finish_tags(queue) == {("t", INTERACTIVE): (10.0, 1.0), ("t", BATCH): (30.0, 1.0)}
    assert ids(queue) == ["b1", "b2", "b3"]


@pytest.mark.requirement("OC-CORE-1007")
def test_arrival_decides_between_equal_start_tags(make_queue: MakeQueue) -> None:
    queue = make_queue(order="wfq")
    queue.enqueue("b", None, BATCH, 0.0, tenant="t", cost=0.0)
    for name in ("i1", "i2"):
        queue.enqueue(name, None, INTERACTIVE, 0.0, tenant="t", cost=0.0)
    queue.reprioritise("b", INTERACTIVE)
    assert ids(queue) == ["b", "i1", "i2"]


@pytest.mark.requirement("OC-CORE-1007")
def test_one_that_had_started_is_charged_to_its_new_flow_alone(make_queue: MakeQueue) -> None:
    queue = make_queue(order="wfq")
    for name in ("b1", "b2"):
        queue.enqueue(name, None, BATCH, 0.0, tenant="t", cost=10.0)
    ticket = queue.dequeue(0.0)
    assert ticket is not None
    queue.put_back(ticket, started=True)
    queue.reprioritise("b1", INTERACTIVE)
    assert finish_tags(queue) == {("t", INTERACTIVE): (10.0, 1.0), ("t", BATCH): (10.0, 1.0)}


@ORDERS
@pytest.mark.requirement("OC-CORE-1002")
@pytest.mark.requirement("OC-CORE-1007")
def test_its_new_class_decides_who_is_evicted(make_queue: MakeQueue, order: str) -> None:
    queue = make_queue(capacity=3, policy="drop-lru", order=order)
    for name, priority in (("b1", BATCH), ("i1", INTERACTIVE), ("b2", BATCH)):
        queue.enqueue(name, None, priority, 0.0)
    queue.reprioritise("b1", INTERACTIVE)
    queue.reprioritise("i1", BATCH)
    gone = []
    for number in range(3):
        evicted = queue.enqueue(f"new-{number}", None, INTERACTIVE, 0.0)
        assert isinstance(evicted, Placed)
        gone.append((evicted.evicted.id, evicted.evicted.priority))
    assert gone == [("i1", BATCH), ("b2", BATCH), ("b1", INTERACTIVE)]


@ORDERS
@pytest.mark.requirement("OC-CORE-1007")
def test_restored_queue_knows_the_order_within_flows(make_queue: MakeQueue, order: str) -> None:
    queue, other = make_queue(order=order), make_queue(order=order)
    for number in range(60):
        queue.enqueue(str(number), number, number % 2, float(number), tenant=str(number % 3), cost=3.0)
    for number in range(0, 60, 7):
        queue.reprioritise(str(number), 1 - number % 2)
    other.restore(queue.snapshot())
    for number in reversed(range(0, 60, 5)):  # cancels give back the cost of the last of a flow
        assert other.cancel(str(number)) is queue.cancel(str(number))
    assert other.snapshot() == queue.snapshot()
    assert ids(other, 60.0) == ids(queue, 60.0)


@ORDERS
@pytest.mark.requirement("OC-CORE-1007")
def test_many_that_go_to_one_place(make_queue: MakeQueue, order: str) -> None:
    """Many that came between two interactive ones: the lane has no gaps there, and makes them."""
    queue = make_queue(capacity=1_500, order=order)
    for number in range(1_500):
        queue.enqueue(str(number), None, int(500 <= number < 1_000), 0.0, tenant=str(number))
    for number in range(500, 1_000):
        assert queue.reprioritise(str(number), INTERACTIVE)
    assert queue.length(INTERACTIVE) == 1_500
    by_arrival = [str(number) for number in range(1_500)]
    assert [item.id for item in queue.snapshot().items] == by_arrival
    assert ids(queue) == by_arrival
    assert [queue.position(name, 0.0) for name in by_arrival] == list(range(1_500))
