"""One round at one size, in a process of its own: prints what each subject took, in seconds, as JSON."""

import gc
import json
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pyperf
from sortedcontainers import SortedList

from orchestratord.core._queue import PureQueue
from orchestratord.core._queue._fast import Queue
from queue_bench.subjects import SUBJECTS

FLOWS = 1_000
LOOPS = 3


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
        started = pyperf.perf_counter()
        subject.pairs(fresh, tenants)
        took.append((pyperf.perf_counter() - started) / pairs)
        gc.enable()
    return min(took)


def time_calls(call: Callable[[str], object], ids: list[str]) -> float:
    """Seconds for a call with an id."""
    started = pyperf.perf_counter()
    for name in ids:
        call(name)
    return (pyperf.perf_counter() - started) / len(ids)


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
        queue = filled(kind, order, classes, age_ms, ids)
        position = queue.position
        started = pyperf.perf_counter()
        for name in chosen:
            position(name, now)
        found[label] = (pyperf.perf_counter() - started) / lookups
    keys = {name: (0, number, name) for number, name in enumerate(ids)}
    rows = SortedList(keys.values())
    found["position, SortedList"] = time_calls(lambda name: rows.index(keys[name]), chosen[: lookups // 10])
    return found


def main() -> None:
    """Measure all subjects at the size of the first argument, with pairs as the second says."""
    size, pairs = int(sys.argv[1]), int(sys.argv[2])
    took = {label: time_pairs(label, size, pairs) for label in SUBJECTS}
    print(json.dumps(took | time_positions(size, pairs)))


if __name__ == "__main__":
    main()
