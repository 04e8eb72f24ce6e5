"""Measure the admission queue in C against its twin and against what one would write in Python with usual
parts.

Usage: admission_queue.py [--quick]. A round is a process per size, in which all subjects are measured one
behind the other, so that they share the machine's moods; the table has the median of the rounds and their
spread. Writes the table, and under build/bench/ admission_queue.json, which pyperf reads, and
admission_queue.svg, cost against size. The twin is left out where filling it would take minutes.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import pyperf
from queue_bench.plot import draw

from orchestratord.core._queue._fast import Queue

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "bench"
SIZES = (1_000, 10_000, 200_000, 1_000_000)

Found = dict[tuple[str, int], list[float]]


def measure(sizes: tuple[int, ...], rounds: int, pairs: int) -> Found:
    """Seconds by subject and size, one for each round."""
    found: Found = {}
    search = os.pathsep.join([str(HERE), *filter(None, sys.path)])
    for number in range(rounds):
        for size in sizes:
            if sys.stderr.isatty():
                print(f"\rround {number + 1} of {rounds}, {size:,} waiting ", end="", file=sys.stderr)
            worker = subprocess.run(
                [sys.executable, HERE / "queue_bench" / "worker.py", str(size), str(pairs)],
                env=os.environ | {"PYTHONPATH": search},
                stdout=subprocess.PIPE,
                check=True,
            )
            for label, seconds in json.loads(worker.stdout).items():
                found.setdefault((label, size), []).append(seconds)
    return found


def memory(order: str, most: int, flows: int) -> dict[int, int]:
    """Bytes of the queue beyond its objects by number of waiting tasks, from 1,000 on."""
    queue = Queue(most, "reject", 1e9, order)  # type: ignore[arg-type]
    found = {}
    for number in range(most):
        priority = number & 1 if order == "strict" else 0
        queue.enqueue(str(number), None, priority, 0.0, f"flow-{number % flows}", 5.0)
        if number >= 999 and (number % 97 == 0 or number + 1 == most):
            found[number + 1] = sys.getsizeof(queue)
    return found


def memory_rows(most: int) -> list[tuple[str, float, float | None]]:
    """Bytes of a task, in one flow and in a thousand, and of a flow."""
    rows: list[tuple[str, float, float | None]] = []
    for order in ("strict", "wfq"):
        single, many = memory(order, most, 1), memory(order, most, 1_000)
        rows.append((f"{order}, bytes a task, {most:,} in 1,000 flows", many[most] / most, 96.0))
        for least in (1_000, 10_000):
            worst = max(size / number for number, size in single.items() if number >= least)
            rows.append((f"{order}, bytes a task at worst, from {least:,} on", worst, 96.0))
        rows.append((f"{order}, bytes a flow, beside its tasks'", (many[most] - single[most]) / 1_000, None))
    return rows


def table(found: Found, sizes: tuple[int, ...]) -> str:
    """Nanoseconds as medians, with the spread of the rounds in percent of them."""
    width = max(len(label) for label, _ in found)
    lines = [f"{'ns (spread)':{width}}" + "".join(f"{size:>18,}" for size in sizes)]
    for label in dict.fromkeys(label for label, _ in found):
        cells = []
        for size in sizes:
            rounds = found.get((label, size), [])
            if not rounds:
                cells.append(f"{'-':>18}")
                continue
            middle = median(rounds)
            spread = f"(±{(max(rounds) - min(rounds)) / 2 / middle:.0%})"
            cells.append(f"{middle * 1e9:>10,.0f} {spread:>7}")
        lines.append(f"{label:{width}}" + "".join(cells))
    return "\n".join(lines)


def goals(found: Found, sizes: tuple[int, ...]) -> str:
    """Each goal, what was measured, and whether it is met."""
    most, usual = sizes[-1], sizes[-2]

    def of(label: str, size: int) -> float:
        return median(found[label, size]) * 1e9

    ratios = [a / b for a, b in zip(found["heapq + dict", usual], found["strict C", usual], strict=True)]
    rows: list[tuple[str, float, float | None]] = [
        (f"strict pair at {usual:,}, ns", of("strict C", usual), 150.0),
        (f"wfq pair at {usual:,}, 1,000 flows, ns", of("wfq C", usual), 400.0),
        (f"strict growth {sizes[0]:,} to {most:,}", of("strict C", most) / of("strict C", sizes[0]), 2.0),
        (f"wfq growth {sizes[0]:,} to {most:,}", of("wfq C", most) / of("wfq C", sizes[0]), 2.0),
        *(
            (f"{label} at {most:,}, ns", of(label, most), 300.0)
            for label, _ in found
            if label.startswith("position") and label.split(", ")[1].endswith("C")
        ),
    ]
    lines = []
    for name, value, goal in dict.fromkeys([*rows, *memory_rows(most)]):
        verdict = "" if goal is None else f"  goal <= {goal:.0f}{'' if value <= goal else '  missed'}"
        lines.append(f"{name:55}{value:10.1f}{verdict}")
    times = median(ratios)
    lines.append(f"{'heapq + dict / strict':55}{times:10.1f}  goal >= 10{'' if times >= 10 else '  missed'}")
    return "\n".join(lines)


def save(found: Found, sizes: tuple[int, ...]) -> None:
    """Write what was found for machines and for eyes."""
    BUILD.mkdir(parents=True, exist_ok=True)
    benchmarks = [
        pyperf.Benchmark(
            [
                pyperf.Run([seconds], metadata={"name": f"{label}, {size} waiting"}, collect_metadata=False)
                for seconds in rounds
            ]
        )
        for (label, size), rounds in found.items()
    ]
    pyperf.BenchmarkSuite(benchmarks).dump(str(BUILD / "admission_queue.json"), replace=True)
    lines = {
        label: [(size, median(found[label, size]) * 1e9) for size in sizes if (label, size) in found]
        for label in dict.fromkeys(label for label, _ in found)
    }
    (BUILD / "admission_queue.svg").write_text(draw(lines), encoding="utf-8")


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds: does it run at all")
    quick = parser.parse_args().quick
    sizes = SIZES[:2] if quick else SIZES
    found = measure(sizes, rounds=2 if quick else 5, pairs=2_000 if quick else 40_000)
    print(table(found, sizes))
    print()
    print(goals(found, sizes))
    save(found, sizes)


if __name__ == "__main__":
    main()
