"""How fast the specs are read, judged, written out and traced.

    python tools/benchmarks/spec_speed.py [--requirements 5000] [--repeat 7]

Each figure is the median of the repetitions with their spread. `extract + lint + trace` is the work itself in
one process, from files to files; the commands include the start of the interpreter. Prints a table, then a
line of JSON.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from synthetic import write_tree

from orchqueue import spec
from orchqueue.spec.files import write_if_changed
from orchqueue.trace import trace

GOALS = {"extract + lint + trace": 1.0, "nothing changed (command)": 2.0}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requirements", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_tree(root, arguments.requirements)
        samples = measure(root, arguments.repeat)
    _print(arguments.requirements, samples)


def measure(root: Path, repeat: int) -> dict[str, list[float]]:
    """Seconds of each measurement, interleaved so that noise meets all of them alike."""
    samples: dict[str, list[float]] = {}
    for _ in range(repeat):
        for name in ("requirements", "contracts", "build"):
            shutil.rmtree(root / name, ignore_errors=True)
        samples.setdefault("extract + lint + trace", []).append(_timed(lambda: _work(root)))
        samples.setdefault("nothing changed (command)", []).append(_command(root, "spec", "extract"))
        samples.setdefault("lint (command)", []).append(_command(root, "spec", "lint"))
        samples.setdefault("trace (command)", []).append(_command(root, "trace"))
    return samples


def _work(root: Path) -> None:
    specs = spec.load(root)
    if specs.findings:
        raise SystemExit(f"the synthetic specs are wrong: {specs.findings[0]}")
    texts = spec.render(specs.requirements, specs.contracts)
    spec.apply(root, texts, spec.differences(root, texts))
    write_if_changed(root / "build/trace.json", trace(root, specs).text())


def _command(root: Path, *words: str) -> float:
    program = "from orchqueue.cli import main; main()"
    command = [sys.executable, "-c", program, *words, "--root", str(root)]
    return _timed(lambda: subprocess.run(command, check=True, capture_output=True))  # noqa: S603 - our own command


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _print(requirements: int, samples: dict[str, list[float]]) -> None:
    rows = {
        name: {
            "median_s": round(statistics.median(times), 3),
            "min_s": round(min(times), 3),
            "max_s": round(max(times), 3),
            "goal_s": GOALS.get(name),
            "repetitions": len(times),
        }
        for name, times in samples.items()
    }
    lines = [f"{requirements} requirements", f"{'what':28} {'median':>8} {'min':>8} {'max':>8} {'goal':>8}"]
    for name, row in rows.items():
        goal = f"{row['goal_s']:.1f}" if row["goal_s"] else "-"
        lines.append(f"{name:28} {row['median_s']:8.3f} {row['min_s']:8.3f} {row['max_s']:8.3f} {goal:>8}")
    lines.append(json.dumps({"requirements": requirements, "results": rows}))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
