"""Two threads at one queue: what one of them puts in comes out once, whoever takes it; and calls from within
a call.

Only the queue in C promises this: each of its calls is one step. The twin's are many, and its callers take
turns.
"""

import gc
import sys
import threading

import pytest

from orchestratord.core._queue._fast import Queue

ITEMS = 20_000


@pytest.mark.parametrize("order", ["strict", "wfq"])
def test_two_threads(order: str) -> None:
    queue = Queue(ITEMS, "reject", 1e9, order)  # type: ignore[arg-type]
    taken: list[str] = []
    cancelled: list[str] = []
    failures: list[BaseException] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def put() -> None:
        for number in range(ITEMS):
            queue.enqueue(f"id-{number}", number, number % 2, float(number), tenant=str(number % 7))
            if number % 5 == 0 and queue.cancel(f"id-{number - 3}"):
                cancelled.append(f"id-{number - 3}")

    def take() -> None:
        while len(taken) + len(cancelled) < ITEMS:
            ticket = queue.dequeue(0.0)
            if ticket is not None:
                queue.position(f"id-{ticket.arrival + 1}", 0.0)
                queue.settle(ticket, 1.0)
                taken.append(ticket.id)

    def guarded(work: threading.Thread) -> None:
        try:
            work.run()
        except BaseException as failure:  # noqa: BLE001 - the assertion below has to see it, whatever it is
            failures.append(failure)

    threads = [
        threading.Thread(target=guarded, args=(threading.Thread(target=work),)) for work in (put, take)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    sys.setswitchinterval(interval)
    assert failures == []
    assert sorted(taken + cancelled) == sorted(f"id-{number}" for number in range(ITEMS))


@pytest.mark.parametrize("order", ["strict", "wfq"])
@pytest.mark.parametrize("policy", ["reject", "drop-lru"])
def test_finalizers_that_call_the_queue(order: str, policy: str) -> None:
    """The collector runs in the middle of a call, and what it collects calls the same queue."""
    queue = Queue(50, policy, 30_000.0, order)  # type: ignore[arg-type]
    serial = iter(range(10**9))

    class Meddler:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            number = next(serial)
            queue.enqueue(f"meddled-{number}", None, number % 2, 0.0)
            queue.cancel(f"meddled-{number - 2}")
            if number % 3 == 0:
                queue.dequeue(0.0)

    thresholds = gc.get_threshold()
    gc.set_threshold(3)
    try:
        for number in range(3_000):
            Meddler()
            queue.enqueue(f"id-{number}", None, number % 2, 0.0)
            assert len(list(queue.ordered(0.0))) <= 50
            queue.snapshot()
            queue.dequeue(0.0)
    finally:
        gc.set_threshold(*thresholds)
        gc.collect()
    entries = list(queue.ordered(0.0))
    assert len(entries) == len(queue) == len({entry.id for entry in entries})
    for position, entry in enumerate(entries):
        assert queue.position(entry.id, 0.0) == position
