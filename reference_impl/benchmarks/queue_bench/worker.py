"""One round at one size, in a process of its own: prints what each subject took, in seconds, as JSON.

Seconds are of this thread's CPU time: what other processes take of the machine is not the queue's.
"""

import gc
import json
import sys
from collections.abc import Callable
from random import Random
from time import thread_time
from typing import Any

from sortedcontainers import SortedList

from orchestratord.core._queue import PureQueue
from orchestratord.core._queue._fast import Queue
from queue_bench.subjects import SUBJECTS

FLOWS = 1_000
LOOPS = 3
MOST_FOR_TWIN = 200_000  # beyond, filling the twin takes longer than all else together


def names(start: int, count: int) -> list[str]:
    """Fresh ids that look like those of the server."""
    return [f"tenant-{number % 7}/{number:032x}" for number in range(start, start + count)]


def tenants_of(count: int) -> list[str]:
    """A tenant for each item; as in the server, all items of a tenant share its one string."""
    flows = [f"flow-{number}" for number in range(FLOWS)]
    return [flows[number % FLOWS] for number in range(count)]


def time_pairs(label: str, size: int, pairs: int) -> float:
    """Seconds for an enqueue and a dequeue while `size` items wait: the least of a few loops."""
    subject = SUBJECTS[label]()
    tenants = tenants_of(size + pairs)
    subject.fill(names(0, size), tenants)
    took = []
    for loop in range(LOOPS):
        fresh = names(size + loop * pairs, pairs)
        gc.collect()
        gc.disable()  # a collection of what waits is the process's affair, not the pair's
        started = thread_time()
        subject.pairs(fresh, tenants)
        took.append((thread_time() - started) / pairs)
        gc.enable()
    return min(took)


def time_calls(call: Callable[[str, Any], object], ids: list[str], second: object) -> float:
    """Seconds for a call with an id and something else."""
    started = thread_time()
    for name in ids:
        call(name, second)
    return (thread_time() - started) / len(ids)


def filled(kind: Any, order: str, classes: int, age_ms: float, ids: list[str]) -> Any:
    """A queue in which these wait."""
    queue = kind(len(ids), "reject", age_ms, order)
    for number, (name, tenant) in enumerate(zip(ids, tenants_of(len(ids)), strict=True)):
        queue.enqueue(name, None, number % classes, float(number), tenant, 1.0 + number % 13)
    return queue


def time_positions(size: int, lookups: int) -> dict[str, float]:
    """Seconds for the position of an item chosen at random."""
    ids, now = names(0, size), float(size)
    chosen = Random(1).choices(ids, k=lookups)  # noqa: S311 - nothing secret
    found = {}
    for label, kind, order, classes, age_ms in (
        ("position, strict C", Queue, "strict", 2, 1e12),
        ("position, strict C, all merged", Queue, "strict", 2, 0.0),
        ("position, wfq C", Queue, "wfq", 1, 0.0),
        ("position, strict twin", PureQueue, "strict", 2, 1e12),
    ):
        if kind is PureQueue and size > MOST_FOR_TWIN:
            continue
        found[label] = time_calls(filled(kind, order, classes, age_ms, ids).position, chosen, now)
    keys = {name: (0, number, name) for number, name in enumerate(ids)}
    rows = SortedList(keys.values())
    index = rows.index
    found["position, SortedList"] = time_calls(
        lambda name, by_id: index(by_id[name]), chosen[: lookups // 10], keys
    )
    return found


def time_moves(size: int, moves: int) -> dict[str, float]:
    """Seconds for moving a batch item chosen at random to the interactive ones."""
    ids = names(0, size)
    chosen = Random(2).sample(ids[1::2], min(moves, size // 4))  # noqa: S311 - nothing secret
    found = {}
    for order in ("strict", "wfq"):
        queue = filled(Queue, order, 2, 1e12, ids)
        found[f"reprioritise, {order} C"] = time_calls(queue.reprioritise, chosen, 0)
    return found


def main() -> None:
    """Measure all subjects at the size of the first argument, with pairs as the second says."""
    size, pairs = int(sys.argv[1]), int(sys.argv[2])
    labels = [label for label in SUBJECTS if size <= MOST_FOR_TWIN or not label.endswith("twin")]
    took = {label: time_pairs(label, size, pairs) for label in labels}
    print(json.dumps(took | time_positions(size, pairs) | time_moves(size, pairs)))


if __name__ == "__main__":
    main()
