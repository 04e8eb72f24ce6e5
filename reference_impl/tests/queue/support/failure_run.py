"""Lets each request for memory of a debug build fail once, in a process of its own: failure_run.py FOLDER."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from queue_compiling import load_extension


def fill(queue: Any, count: int) -> None:
    for number in range(count):
        queue.enqueue(f"filled-{number}", number, number % 2, float(number), f"t{number % 50}", 2.0)


def calls(queue: Any, filled: int) -> dict[str, Callable[[], object]]:
    ticket = queue.dequeue(0.0)
    queue.cancel("filled-7")
    saved = queue.snapshot()
    return {
        "enqueue": lambda: queue.enqueue("new", None, filled % 2, 1e6, "a new tenant"),
        "put_back": lambda: queue.put_back(ticket),
        "reprioritise": lambda: queue.reprioritise(f"filled-{filled // 2}", 1 - filled // 2 % 2, 3.0),
        "dequeue": lambda: queue.dequeue(0.0),
        "peek": lambda: queue.peek(0.0),
        "ordered": lambda: list(queue.ordered(0.0)),
        "restore": lambda: queue.restore(saved),
    }


def until_it_succeeds(queue: Any, call: Callable[[], object]) -> int:
    """Let the first, second, ... request of a call fail; after each failure the queue has to be as it was."""
    before = queue.snapshot()
    for request in range(1, 10_000):
        queue._fail_in(request)
        try:
            call()
        except MemoryError:
            queue._fail_in(0)
            queue._check()
            assert queue.snapshot() == before
        else:
            queue._fail_in(0)
            queue._check()
            return request - 1
    raise AssertionError("the call never succeeded")


def main() -> None:
    queue_type = load_extension(Path(sys.argv[1])).Queue
    failures = {"reject": 0, "drop-lru": 0}
    for order in ("strict", "wfq"):
        for policy in failures:
            # sizes around those at which one structure or another grows, and a full queue
            for filled in (9, 12, 16, 63, 64, 65, 96, 191, 192, 193, 255, 256, 257, 1023, 1024, 1025):
                capacity = filled - 2 if policy == "drop-lru" else 5_000
                for name in ("enqueue", "put_back", "reprioritise", "dequeue", "peek", "ordered", "restore"):
                    queue = queue_type(capacity, policy, 10.0, order)
                    fill(queue, filled)
                    failures[policy] += until_it_succeeds(queue, calls(queue, filled)[name])
    print(failures)
    assert min(failures.values()) > 200


main()
