"""Who goes first: priorities, arrival, ageing, positions, and what comes back."""

import pytest
from queue_making import MakeQueue

from orchestratord.core._queue import BATCH, INTERACTIVE, AdmissionQueue, DuplicateIdError, TicketError


def drain(queue: AdmissionQueue, now_ms: float) -> list[str]:
    taken = []
    while (ticket := queue.dequeue(now_ms)) is not None:
        taken.append(ticket.id)
    return taken


@pytest.mark.requirement("OC-CORE-1001")
@pytest.mark.requirement("OC-CORE-1004")
def test_interactive_goes_before_batch_and_by_arrival_within(make_queue: MakeQueue) -> None:
    queue = make_queue()
    positions = [
        queue.enqueue(name, None, priority, 0.0)
        for name, priority in (("b1", BATCH), ("i1", INTERACTIVE), ("b2", BATCH), ("i2", INTERACTIVE))
    ]
    assert positions == [0, 0, 2, 1]
    assert [queue.position(name, 0.0) for name in ("i1", "i2", "b1", "b2")] == [0, 1, 2, 3]
    assert drain(queue, 0.0) == ["i1", "i2", "b1", "b2"]


@pytest.mark.requirement("OC-CORE-1053")
def test_aged_batch_item_is_merged_by_its_arrival(make_queue: MakeQueue) -> None:
    queue = make_queue(age_ms=100.0)
    queue.enqueue("i1", None, INTERACTIVE, 0.0)
    queue.enqueue("b1", None, BATCH, 10.0)
    queue.enqueue("i2", None, INTERACTIVE, 20.0)
    assert queue.position("b1", 109.0) == 2
    assert queue.position("b1", 110.0) == 1
    assert queue.position("i2", 110.0) == 2
    assert queue.arrivals_ahead(INTERACTIVE, 109.0) == 2
    assert queue.arrivals_ahead(INTERACTIVE, 110.0) == 3
    assert drain(queue, 110.0) == ["i1", "b1", "i2"]


def test_time_that_runs_backwards_counts_as_the_latest(make_queue: MakeQueue) -> None:
    queue = make_queue(age_ms=100.0)
    queue.enqueue("b1", None, BATCH, 50.0)
    queue.enqueue("b2", None, BATCH, 10.0)
    queue.enqueue("i", None, INTERACTIVE, 60.0)
    assert [queue.position(name, 149.0) for name in ("i", "b1", "b2")] == [0, 1, 2]
    assert [queue.position(name, 150.0) for name in ("b1", "b2", "i")] == [0, 1, 2]


@pytest.mark.requirement("OC-CORE-1005")
def test_cancelled_item_never_comes_out(make_queue: MakeQueue) -> None:
    queue = make_queue()
    for name in ("a", "b", "c"):
        queue.enqueue(name, None, INTERACTIVE, 0.0)
    assert queue.cancel("b")
    assert not queue.cancel("b")
    assert "b" not in queue
    assert queue.position("b", 0.0) is None
    assert drain(queue, 0.0) == ["a", "c"]


@pytest.mark.requirement("OC-CORE-1052")
@pytest.mark.parametrize("order", ["strict", "wfq"])
def test_item_that_is_put_back_keeps_its_turn(make_queue: MakeQueue, order: str) -> None:
    queue = make_queue(capacity=3, order=order)
    for name in ("a", "b", "c"):
        queue.enqueue(name, None, BATCH, 0.0)
    tickets = [queue.dequeue(0.0), queue.dequeue(0.0)]
    queue.enqueue("d", None, BATCH, 1.0)
    queue.enqueue("e", None, BATCH, 1.0)
    for ticket in tickets:
        assert ticket is not None
        queue.put_back(ticket)
    assert len(queue) == 5  # whatever the capacity
    assert drain(queue, 1.0) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("order", ["strict", "wfq"])
def test_ticket_is_good_once_and_for_its_queue(make_queue: MakeQueue, order: str) -> None:
    queue, other = make_queue(order=order), make_queue(order=order)
    payload = object()
    queue.enqueue("a", payload, BATCH, 5.0, tenant="t", cost=3.0, latest_start_ms=9.0)
    ticket = queue.dequeue(6.0)
    assert ticket is not None
    assert (ticket.id, ticket.priority, ticket.tenant, ticket.cost) == ("a", BATCH, "t", 3.0)
    assert ticket.payload is payload
    with pytest.raises(TicketError):
        other.settle(ticket, 1.0)
    queue.enqueue("a", None, BATCH, 7.0)
    with pytest.raises(DuplicateIdError):
        queue.put_back(ticket)
    queue.settle(ticket, 1.0)
    with pytest.raises(TicketError):
        queue.settle(ticket, 1.0)
    with pytest.raises(TicketError):
        queue.put_back(ticket)


def test_counts_by_priority_and_by_tenant(make_queue: MakeQueue) -> None:
    queue = make_queue()
    for number, (priority, tenant) in enumerate([(0, "t"), (1, "t"), (1, "t"), (1, "u")]):
        queue.enqueue(str(number), None, priority, 0.0, tenant=tenant)
    assert (len(queue), queue.length(INTERACTIVE), queue.length(BATCH)) == (4, 1, 3)
    assert [queue.tenant_length(tenant) for tenant in ("t", "u", "v")] == [3, 1, 0]
    drain(queue, 0.0)
    assert queue.tenant_length("t") == 0


@pytest.mark.parametrize("order", ["strict", "wfq"])
def test_iteration_is_of_one_instant(make_queue: MakeQueue, order: str) -> None:
    queue = make_queue(order=order)
    for number in range(10):
        queue.enqueue(str(number), number, number % 2, 0.0)
    expected = [str(number) for number in (*range(0, 10, 2), *range(1, 10, 2))] if order == "strict" else None
    seen = []
    for entry in queue.ordered(0.0):
        seen.append(entry.id)
        queue.cancel(entry.id)
    assert len(queue) == 0
    assert expected is None or seen == expected


@pytest.mark.parametrize("order", ["strict", "wfq"])
def test_large_queue_with_many_gaps(make_queue: MakeQueue, order: str) -> None:
    """Enough items for several levels of every structure."""
    queue = make_queue(capacity=30_000, order=order)
    for number in range(30_000):
        queue.enqueue(str(number), number, number % 2, 0.0, tenant=str(number % 37), cost=float(number % 11))
    for number in range(0, 30_000, 3):
        assert queue.cancel(str(number))
    for number in range(0, 30_000, 6):
        queue.enqueue(str(number), number, 0, 0.0, tenant=str(number % 37))
    entries = list(queue.ordered(0.0))
    assert len(entries) == len(queue) == 25_000
    assert [queue.position(entry.id, 0.0) for entry in entries[::17]] == list(range(0, 25_000, 17))
    assert drain(queue, 0.0) == [entry.id for entry in entries]
