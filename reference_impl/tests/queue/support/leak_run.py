"""Looks for references and memory that the queue keeps, in a process of its own: leak_run.py."""

import gc
import sys
import weakref

from orchestratord.core._queue import DuplicateIdError, FullPolicy, Order, Refused, SnapshotError, TicketError
from orchestratord.core._queue._fast import Queue
from orchestratord.core._queue._values import ORDERS, POLICIES


class Payload:
    """Something that a weak reference can be taken of."""


def life(order: Order, policy: FullPolicy, payload: Payload, tenant: str, ids: list[str]) -> None:
    """All that can happen to a queue, errors included, and its end with items inside."""
    queue = Queue(20, policy, 5.0, order)
    tickets = []
    for now, name in enumerate(ids):
        answer = queue.enqueue(
            name, payload, now % 2, float(now), tenant=tenant, cost=2.0, latest_start_ms=float(now)
        )
        if not isinstance(answer, Refused):
            try:
                queue.enqueue(name, payload, 0, float(now))
            except DuplicateIdError:
                queue.position(name, float(now))
        if now % 3 == 0 and (ticket := queue.dequeue(float(now))) is not None:
            tickets.append(ticket)
    queue.cancel(ids[-1])
    for name in ids[::3]:
        queue.reprioritise(name, 0)
        queue.reprioritise(name, 1, weight=2.0)
    for number, ticket in enumerate(tickets):
        if number % 2 and ticket.id not in queue:
            queue.put_back(ticket, started=number % 4 == 1)
        else:
            queue.settle(ticket, 1.0)
        try:
            queue.settle(ticket, 1.0)
        except TicketError:
            queue.peek(0.0)
    list(queue.ordered(0.0))
    saved = queue.snapshot()
    queue.restore(saved)
    try:
        queue.restore(saved._replace(items=(*saved.items, saved.items[0])))
    except (SnapshotError, DuplicateIdError):
        list(queue.ordered(1e9))


def lives() -> None:
    for order in ORDERS:
        for policy in POLICIES:
            payload, tenant, ids = (
                Payload(),
                "".join(["ten", "ant"]),
                [f"id-{number}" for number in range(60)],
            )
            watched = (payload, tenant, ids[0], ids[30], ids[59])
            before = [sys.getrefcount(thing) for thing in watched]
            life(order, policy, payload, tenant, ids)
            gc.collect()
            assert [sys.getrefcount(thing) for thing in watched] == before


def cycles() -> None:
    """A queue that its payload holds, and a ticket that its payload holds, are collected."""
    for order in ORDERS:
        payload = Payload()
        seen = weakref.ref(payload)
        queue = Queue(5, "reject", 5.0, order)
        payload.queue = queue  # type: ignore[attr-defined]
        queue.enqueue("a", payload, 0, 0.0)
        queue.enqueue("b", payload, 0, 0.0)
        payload.ticket = queue.dequeue(0.0)  # type: ignore[attr-defined]
        del queue, payload
        gc.collect()
        assert seen() is None


def main() -> None:
    for _ in range(20):
        lives()
        cycles()
    gc.collect()
    blocks = sys.getallocatedblocks()
    for _ in range(100):
        lives()
        cycles()
    gc.collect()
    grown = sys.getallocatedblocks() - blocks
    print(f"{grown} blocks more")
    assert grown < 50  # a block for each of some hundred lives would be thousands


main()
