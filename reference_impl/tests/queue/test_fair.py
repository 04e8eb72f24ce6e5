"""Order `wfq`: its tags are those of the published algorithm, and what is added to that: settling, refunds,
forgetting.
"""

from dataclasses import dataclass, field
from random import Random

import pytest
from queue_making import MakeQueue

from orchestratord.core._queue import BATCH, INTERACTIVE, Placed, Ticket


@dataclass
class Published:
    """Start-time fair queueing, transcribed from section 2 of P. Goyal, H. M. Vin, H. Cheng: Start-time Fair
    Queueing: A Scheduling Algorithm for Integrated Services Packet Switching Networks. Proc. ACM SIGCOMM
    1996, pages 157-168.

    1. S(p_f^j) = max{v(A(p_f^j)), F(p_f^(j-1))}, F(p_f^j) = S(p_f^j) + l_f^j / r_f, F(p_f^0) = 0.
    2. v is 0 at first; in a busy period it is the start tag of the packet in service; at the end of a busy
    period it is
       the maximum of the finish tags of all packets that have been serviced by then.
    3. Packets are serviced in the increasing order of start tags, ties broken arbitrarily: here, by arrival.
    """

    v: float = 0.0
    finish: dict[str, float] = field(default_factory=dict)
    packets: list[tuple[float, int, float, str]] = field(default_factory=list)
    served: list[float] = field(default_factory=lambda: [0.0])
    arrivals: int = 0

    def arrive(self, flow: str, length: float, rate: float) -> None:
        start = max(self.v, self.finish.get(flow, 0.0))
        self.finish[flow] = start + length / rate
        self.packets.append((start, self.arrivals, self.finish[flow], flow))
        self.arrivals += 1

    def serve(self) -> tuple[float, int]:
        packet = min(self.packets)
        self.packets.remove(packet)
        self.v = packet[0]
        self.served.append(packet[2])
        return packet[0], packet[1]

    def end_busy_period(self) -> None:
        self.v = max(self.served)


@pytest.mark.requirement("OC-CORE-1003")
@pytest.mark.requirement("OC-CORE-1004")
@pytest.mark.parametrize("seed", range(8))
def test_tags_are_those_of_the_published_algorithm(make_queue: MakeQueue, seed: int) -> None:
    print(f"seed {seed}")
    chance = Random(seed)
    queue, published = make_queue(capacity=10_000, order="wfq"), Published()
    rates = {f"flow-{number}": chance.choice([0.5, 1.0, 2.0, 8.0]) for number in range(12)}
    for number in range(4_000):
        if chance.random() < (0.6 if number // 400 % 2 else 0.4):
            flow, length = chance.choice(list(rates)), float(chance.randint(1, 500))
            published.arrive(flow, length, rates[flow])
            queue.enqueue(
                f"task-{number}", None, INTERACTIVE, 0.0, tenant=flow, cost=length, weight=rates[flow]
            )
        elif published.packets:
            ticket = queue.dequeue(0.0)
            assert ticket is not None
            assert (ticket.key, ticket.arrival) == published.serve()
            if not published.packets:
                published.end_busy_period()
            queue.settle(ticket, ticket.cost)
        assert queue.virtual_time == published.v


def take(queue: object, count: int) -> list[str]:
    taken = []
    for _ in range(count):
        ticket = queue.dequeue(0.0)  # type: ignore[attr-defined]
        queue.settle(ticket, ticket.cost)  # type: ignore[attr-defined]
        taken.append(ticket.tenant)
    return taken


@pytest.mark.requirement("OC-CORE-1050")
def test_backlogged_flows_share_by_weight(make_queue: MakeQueue) -> None:
    queue = make_queue(capacity=10_000, order="wfq")
    weights = {"a": 1.0, "b": 2.0, "c": 5.0}
    for number in range(1_000):
        for tenant, weight in weights.items():
            queue.enqueue(f"{tenant}{number}", None, BATCH, 0.0, tenant=tenant, cost=10.0, weight=weight)
    taken = take(queue, 1_000)
    for tenant, weight in weights.items():
        assert taken.count(tenant) / 1_000 == pytest.approx(weight / 8, rel=0.05)


@pytest.mark.requirement("OC-CORE-1050")
def test_shares_are_of_actual_cost(make_queue: MakeQueue) -> None:
    """One flow's tasks cost half of what was estimated; once that is known, it gets twice as many through."""
    queue = make_queue(capacity=10_000, order="wfq")
    counts = {"frugal": 0, "exact": 0}
    waiting = {"frugal": 0, "exact": 0}
    for number in range(2_000):
        for tenant, there in waiting.items():
            if there == 0:  # backlogged, but not far ahead: a correction reaches the next task
                queue.enqueue(f"{tenant}{number}", None, BATCH, 0.0, tenant=tenant, cost=100.0)
                waiting[tenant] += 1
        ticket: Ticket | None = queue.dequeue(0.0)
        assert ticket is not None
        waiting[ticket.tenant] -= 1
        counts[ticket.tenant] += 1
        queue.settle(ticket, 50.0 if ticket.tenant == "frugal" else 100.0)
    assert counts["frugal"] / counts["exact"] == pytest.approx(2.0, rel=0.05)


def test_last_waiting_item_gives_its_cost_back(make_queue: MakeQueue) -> None:
    queue = make_queue(order="wfq")
    for name in ("a1", "a2", "a3"):
        queue.enqueue(name, None, BATCH, 0.0, tenant="a", cost=10.0)
    queue.cancel("a2")  # in the middle: the tag behind it stands
    assert [flow.finish for flow in queue.snapshot().flows] == [30.0]
    queue.cancel("a3")
    assert [flow.finish for flow in queue.snapshot().flows] == [20.0]
    queue.cancel("a1")
    assert [flow.finish for flow in queue.snapshot().flows] == [10.0]


def test_evicted_only_item_of_a_flow_leaves_no_tag(make_queue: MakeQueue) -> None:
    """The start tag of the item that evicts it follows from its flow alone, not from what was before it."""
    queue = make_queue(capacity=3, policy="drop-lru", order="wfq")
    for name in ("a1", "a2"):
        queue.enqueue(name, None, BATCH, 0.0, tenant="a", cost=10.0)
    queue.enqueue("b1", None, INTERACTIVE, 0.0, tenant="b", cost=500.0)
    assert take(queue, 1) == ["a"]
    queue.enqueue("b2", None, INTERACTIVE, 0.0, tenant="b", cost=500.0)  # where a1 was, far behind
    evicted = queue.enqueue("a3", None, BATCH, 0.0, tenant="a", cost=10.0)
    assert isinstance(evicted, Placed)
    assert evicted.evicted.id == "a2"
    assert {item.id: item.key for item in queue.snapshot().items} == {"b1": 0.0, "b2": 500.0, "a3": 10.0}


def test_idle_flow_is_forgotten_once_virtual_time_reaches_it(make_queue: MakeQueue) -> None:
    queue = make_queue(order="wfq")
    queue.enqueue("a", None, BATCH, 0.0, tenant="a", cost=5.0)
    for number in range(3):
        queue.enqueue(f"b{number}", None, BATCH, 0.0, tenant="b", cost=4.0)
    assert take(queue, 3) == ["a", "b", "b"]
    assert {flow.tenant for flow in queue.snapshot().flows} == {"a", "b"}
    assert take(queue, 1) == ["b"]
    assert queue.snapshot().flows == ()
    assert queue.virtual_time == 12.0


@pytest.mark.requirement("OC-CORE-1052")
def test_batch_can_be_held_while_interactive_waits(make_queue: MakeQueue) -> None:
    queue = make_queue(order="wfq")
    queue.enqueue("b", None, BATCH, 0.0, tenant="t")
    queue.enqueue("i", None, INTERACTIVE, 0.0, tenant="t")
    first, held = queue.peek(0.0), queue.peek(0.0, hold_batch=True)
    assert first is not None
    assert held is not None
    assert (first.id, held.id) == ("b", "i")
    ticket = queue.dequeue(0.0, hold_batch=True)
    assert ticket is not None
    assert ticket.id == "i"
    assert queue.dequeue(0.0, hold_batch=True) is not None


@pytest.mark.parametrize("order", ["strict", "wfq"])
def test_restored_queue_goes_on_alike(make_queue: MakeQueue, order: str) -> None:
    queue, other = make_queue(order=order), make_queue(order=order)
    for number in range(40):
        queue.enqueue(
            str(number), number, number % 2, float(number), tenant=str(number % 3), cost=float(number)
        )
    for _ in range(5):
        ticket = queue.dequeue(50.0)
        assert ticket is not None
        queue.settle(ticket, 7.0)
    other.restore(queue.snapshot())
    assert other.snapshot() == queue.snapshot()
    for one in (queue, other):
        one.enqueue("new", None, 1, 60.0, tenant="1")
    assert list(other.ordered(60.0)) == list(queue.ordered(60.0))
