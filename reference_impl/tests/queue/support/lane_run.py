"""Items that change their class among many, so that windows of every width are evened out, in a process of
its own: lane_run.py FOLDER ITEMS.
"""

import sys
from pathlib import Path
from random import Random
from typing import Any

from queue_compiling import load_extension

from orchestratord.core._queue._values import ORDERS


def check(queue: Any, order: str, classes: dict[int, int]) -> None:
    queue._check()
    arrivals = [item.id for item in queue.snapshot().items]
    assert arrivals == [str(number) for number in sorted(classes)]
    now = float(max(classes))
    ordered = [entry.id for entry in queue.ordered(now)]
    if order == "strict":
        young = {number: classes[number] == 1 and number > now - queue.age_ms for number in classes}
        expected = sorted(classes, key=lambda number: (young[number], number))
        assert ordered == [str(number) for number in expected]
    for position in range(0, len(ordered), 97):
        assert queue.position(ordered[position], now) == position


def move(queue: Any, classes: dict[int, int], numbers: list[int]) -> None:
    for number in numbers:
        classes[number] = 1 - classes[number]
        assert queue.reprioritise(str(number), classes[number])


def one_life(queue: Any, order: str, items: int, chance: Random) -> None:
    classes = {number: int(items // 4 <= number < items // 2) for number in range(items)}
    for number in range(300):  # places from which the lanes have gone on when they grow
        queue.enqueue(f"before-{number}", None, number % 2, 0.0)
        queue.settle(queue.dequeue(0.0), 1.0)
    for number, priority in classes.items():
        tenant = f"t{number % 50}"
        queue.enqueue(str(number), None, priority, float(number), tenant, 1.0, latest_start_ms=float(number))
    burst = list(range(items // 4, items // 2))
    for numbers in (burst, burst[::-1], burst[::2], burst[1::2]):
        move(queue, classes, numbers)
        check(queue, order, classes)
    for _ in range(3):
        move(queue, classes, chance.sample(sorted(classes), items // 3))
        check(queue, order, classes)
        for number in chance.sample(sorted(classes), items // 10):
            del classes[number]
            assert queue.cancel(str(number))
        check(queue, order, classes)
    tickets = [queue.dequeue(0.0) for _ in range(len(classes) // 2)]
    chance.shuffle(tickets)
    for ticket in tickets:
        queue.put_back(ticket)
    check(queue, order, classes)
    for _ in range(len(classes)):
        queue.settle(queue.dequeue(0.0), 1.0)
    queue._check()


def main() -> None:
    queue_type, items = load_extension(Path(sys.argv[1])).Queue, int(sys.argv[2])
    for order in ORDERS:
        for policy in ("reject", "drop-lru"):
            for seed in range(2):
                print(f"{order} {policy} {seed}", flush=True)
                queue = queue_type(items, policy, items * 0.4, order)
                one_life(queue, order, items, Random(seed))


main()
