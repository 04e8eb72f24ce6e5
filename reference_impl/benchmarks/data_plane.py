"""Measure the data plane: what admission costs, what a relayed token costs and how late it is, how many
streams are carried at once, and what the server takes of the machine; beside LiteLLM's proxy and vLLM's
router where `make peers` has set them up.

Usage: data_plane.py [--quick] [--only PART]. Subjects take turns, each in a process of its own, so that they
share the machine's moods. Writes a table with the medians of the rounds and their spread, and
build/bench/data_plane.json with all rounds.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import uvloop
from plane_bench import admission, crowd, footprint, latency, throughput
from plane_bench.figures import Figures
from plane_bench.relays import LiteLlm, VllmRouter

BUILD = Path(__file__).parents[2] / "build" / "bench"
ROUNDS = 5

PARTS: dict[str, Callable[[int, bool, Figures], Coroutine[Any, Any, None]]] = {
    "admission": admission.measure,
    "latency": latency.measure,
    "throughput": throughput.measure,
    "crowd": crowd.measure,
    "footprint": footprint.measure,
}


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few and short rounds: does it run at all")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="this part; may be given again")
    arguments = parser.parse_args()
    missing = [peer.name for peer in (LiteLlm, VllmRouter) if not peer.program.exists()]
    if missing:
        print(f"Not set up, and not measured: {', '.join(missing)}. `make peers` sets them up.")
    found: dict[str, Figures] = {}
    for name in arguments.only or PARTS:
        if sys.stderr.isatty():
            print(f"\r{name} ...\033[K", end="\r", file=sys.stderr)
        found[name] = Figures()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(PARTS[name](2 if arguments.quick else ROUNDS, arguments.quick, found[name]))
        print(f"{name}\n{found[name].table()}\n", flush=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    figures = {name: one.json() for name, one in found.items()}
    (BUILD / "data_plane.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
