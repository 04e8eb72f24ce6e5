"""Start tags in random order, enough for inner nodes to split and to join, in a process of its own:
tree_run.py FOLDER.
"""

import sys
from pathlib import Path
from random import Random
from typing import Any

from queue_compiling import load_extension

FLOWS = 400
ITEMS = 30_000


def check(queue: Any, items: dict[str, tuple[float, int]]) -> None:
    queue._check()
    expected = sorted(items, key=lambda name: items[name])
    assert [entry.id for entry in queue.ordered(0.0)] == expected
    for position in range(0, len(expected), 101):
        assert queue.position(expected[position], 0.0) == position


def one_life(queue: Any, chance: Random) -> None:
    """Fill, thin out at random, thin out in one piece, fill again, drain."""
    for number in range(ITEMS):
        cost = float(chance.randint(1, 10_000))
        queue.enqueue(f"id-{number}", None, 0, 0.0, f"flow-{chance.randrange(FLOWS)}", cost)
    items = {row.id: (row.key, row.arrival) for row in queue.snapshot().items}
    check(queue, items)
    ordered = sorted(items, key=lambda name: items[name])
    piece = ordered[5_000:15_000]
    for name in (*chance.sample(ordered, ITEMS * 3 // 4), *piece):
        assert queue.cancel(name) is (items.pop(name, None) is not None)
    check(queue, items)
    for number in range(ITEMS, ITEMS + 5_000):
        queue.enqueue(f"id-{number}", None, 0, 0.0, f"flow-{chance.randrange(FLOWS)}", 700.0)
    items = {row.id: (row.key, row.arrival) for row in queue.snapshot().items}
    check(queue, items)
    tickets = [queue.dequeue(0.0) for _ in range(len(items) // 2)]
    for ticket in tickets:
        del items[ticket.id]
        queue.settle(ticket, float(chance.randint(1, 10_000)))
    check(queue, items)
    while (ticket := queue.dequeue(0.0)) is not None:
        queue.settle(ticket, 1.0)
    check(queue, {})


def main() -> None:
    queue_type = load_extension(Path(sys.argv[1])).Queue
    for seed in range(4):
        print(f"seed {seed}", flush=True)
        chance = Random(seed)
        queue = queue_type(ITEMS, "reject", 1.0, "wfq")
        one_life(queue, chance)
        one_life(queue, chance)


main()
