"""Whether promises come true, in simulation: probabilities, predicted starts, advice, and what a noisy
neighbour costs. Prints tables; writes build/bench/calibration.json and a plot for each table.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "sim"))

from orchsim.backlog import backlogged, window_shares
from orchsim.many import lives_of, processes
from orchsim.neighbours import Neighbour, compared
from orchsim.promises import (
    Bin,
    StartBin,
    after_a_burst,
    judged,
    probability_bins,
    promising,
    start_bins,
)
from orchsim.scenario import Scenario
from orchsim.sharing import Share
from orchsim.world import simulate
from sim_bench.plots import COLOURS, Plot, linear, logarithmic

OUT = Path("build/bench")
WORLDS, TASKS = 54, 3_000
LOADS = (0.3, 0.5, 0.7, 0.8, 0.9)
PRIORITIES = ("interactive", "batch")

Combination = tuple[float, int, int]


def returns_of(scenario: Scenario) -> tuple[Combination, int, int]:
    """Of one world: its load, places and slots, the returns of obedient clients, and those admitted."""
    outcome = simulate(scenario)
    return (scenario.load, scenario.capacity, scenario.slots), outcome.returned, outcome.returned_admitted


def admitted_shares(worlds: Iterable[tuple[Combination, int, int]]) -> dict[Combination, float]:
    """The share admitted on return, for each combination of load, places and slots."""
    returned: Counter[Combination] = Counter()
    admitted: Counter[Combination] = Counter()
    for combination, back, taken in worlds:
        returned[combination] += back
        admitted[combination] += taken
    return {combination: admitted[combination] / returned[combination] for combination in returned}


def fair_shares() -> dict[str, dict[str, float]]:
    """For each flow the worst deviation of its share of cost, the widest bound of one, and how many of its
    largest tasks it is due at least, over windows of 1,000 dispatches.
    """
    found: dict[str, list[Share]] = {}
    for window in window_shares(simulate(backlogged(5, 10_000)).sharing["p0"]):
        for share in window:
            found.setdefault(" ".join(share.flow), []).append(share)
    return {
        flow: {
            "off": max(abs(share.off) for share in each),
            "bound": max(share.bound for share in each),
            "due_tasks": min(share.due_tasks for share in each),
        }
        for flow, each in sorted(found.items())
    }


def probability_plot(bins: list[Bin]) -> str:
    """Promised against met."""
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    axis = linear(0, 1)
    plot = Plot("on_time_probability", ("promised", axis, ticks), ("met its deadline", axis, ticks))
    for offset, dashes in ((0.0, ""), (0.05, "4 4"), (-0.05, "4 4")):
        plot.line(
            [(max(0, -offset), max(0, offset)), (min(1, 1 - offset), min(1, 1 + offset))], dashes=dashes
        )
    plot.dots([(each.promised, each.met) for each in bins], COLOURS[0], 5)
    return plot.svg()


def start_plot(bins: dict[str, list[StartBin]]) -> str:
    """Predicted against waited."""
    axis, ticks = logarithmic(5, 50_000), [10, 100, 1_000, 10_000]
    plot = Plot(
        "predicted_start_ms", ("predicted, ms", axis, ticks), ("waited, ms: 10 %, median, 90 %", axis, ticks)
    )
    plot.line([(5, 5), (50_000, 50_000)])
    for colour, (priority, each) in zip(COLOURS, bins.items(), strict=False):
        plot.legend(priority, colour)
        for one in each:
            plot.line([(one.predicted, one.p10), (one.predicted, one.p90)], colour)
        plot.dots([(one.predicted, one.p50) for one in each], colour)
    return plot.svg()


def return_plot(shares: dict[Combination, float]) -> str:
    """Load after the burst against the share admitted: a line for each number of places and slots."""
    plot = Plot(
        "clients that come back as advised",
        ("load after the burst", linear(0.2, 1), [0.2, 0.4, 0.6, 0.8, 1]),
        ("admitted on return", linear(0.5, 1), [0.5, 0.6, 0.7, 0.8, 0.9, 1]),
    )
    plot.line([(0.2, 0.9), (1, 0.9)], dashes="4 4")
    for colour, places in zip(COLOURS, sorted({places for _, places, _ in shares}), strict=False):
        plot.legend(f"{places} places, 2 and 8 slots", colour)
        for slots in sorted({slots for _, _, slots in shares}):
            line = [
                (load, share) for (load, p, s), share in sorted(shares.items()) if (p, s) == (places, slots)
            ]
            plot.line(line, colour)
            plot.dots(line, colour)
    return plot.svg()


def neighbour_plot(found: list[Neighbour]) -> str:
    """Median and 95th percentile of the wait of each tenant and order."""
    plot = Plot(
        "beside a noisy neighbour",
        ("1, 2: strict; 3, 4: wfq; 5, 6: wfq and a quota", linear(0.5, 6.5), [1, 2, 3, 4, 5, 6]),
        ("wait, ms: median to p95", logarithmic(1, 100_000), [1, 10, 100, 1_000, 10_000, 100_000]),
    )
    for number, one in enumerate(found):
        colour = COLOURS[one.tenant == "noisy"]
        plot.line([(number + 1, one.p50_ms), (number + 1, one.p95_ms)], colour)
        plot.dots([(number + 1, one.p50_ms), (number + 1, one.p95_ms)], colour)
    plot.legend("quiet", COLOURS[0])
    plot.legend("noisy", COLOURS[1])
    return plot.svg()


def table(title: str, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Print rows under their names."""
    print(f"\n{title}\n" + "".join(f"{name:>14}" for name in names))
    for row in rows:
        cells = [f"{cell:>14.3f}" if isinstance(cell, float) else f"{cell:>14}" for cell in row]
        print("".join(cells))


def main() -> None:
    """Simulate, print, write."""
    with processes(2) as pool:
        lives = [life for each in pool.map(lives_of, promising(WORLDS, TASKS)) for life in each]
        relaxed = [
            life for each in pool.map(lives_of, promising(WORLDS // 2, TASKS, deadline=500)) for life in each
        ]
        returned = list(pool.map(returns_of, [one for load in LOADS for one in after_a_burst(load)]))
    bins = probability_bins(judged(lives))
    by_priority = {
        priority: start_bins([life for life in relaxed if life.priority == priority])
        for priority in PRIORITIES
    }
    admitted = admitted_shares(returned)
    neighbours, fair = compared(), fair_shares()
    table(
        "on_time_probability: promised, and met",
        ("tasks", "promised", "met", "difference"),
        [(each.count, each.promised, each.met, each.met - each.promised) for each in bins],
    )
    for priority, starts in by_priority.items():
        table(
            f"predicted_start_ms, {priority}: what was waited",
            ("tasks", "predicted", "10 %", "median", "90 %", "mean"),
            [(one.count, one.predicted, one.p10, one.p50, one.p90, one.mean) for one in starts],
        )
    table(
        "obedient clients: load after a burst, places, slots, admitted on return",
        ("load", "places", "slots", "share"),
        [(*combination, share) for combination, share in admitted.items()],
    )
    table(
        "beside a noisy neighbour",
        ("rules", "tenant", "tasks", "served", "p50 ms", "p95 ms"),
        [(one.rules, one.tenant, one.tasks, one.served, one.p50_ms, one.p95_ms) for one in neighbours],
    )
    table(
        "shares of cost under wfq: flow, largest tasks due, worst deviation, widest bound",
        ("flow", "due", "off", "bound"),
        [(flow, each["due_tasks"], each["off"], each["bound"]) for flow, each in fair.items()],
    )
    OUT.mkdir(parents=True, exist_ok=True)
    written = {
        "on_time_probability": [asdict(each) for each in bins],
        "predicted_start_ms": {name: [asdict(one) for one in each] for name, each in by_priority.items()},
        "admitted_on_return": [
            {"load": load, "places": places, "slots": slots, "share": share}
            for (load, places, slots), share in admitted.items()
        ],
        "noisy_neighbour": [asdict(one) for one in neighbours],
        "fair_shares": fair,
    }
    (OUT / "calibration.json").write_text(json.dumps(written, indent=2) + "\n")
    plots = {
        "probability": probability_plot(bins),
        "start": start_plot(by_priority),
        "return": return_plot(admitted),
        "neighbour": neighbour_plot(neighbours),
    }
    for name, svg in plots.items():
        (OUT / f"calibration-{name}.svg").write_text(svg)


if __name__ == "__main__":
    main()
