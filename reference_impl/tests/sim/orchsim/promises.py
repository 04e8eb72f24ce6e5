"""What was promised against what came: worlds made for it, and the bins in which promises are judged.

The worlds differ in load, law of arrivals, lengths, slots and order; nobody cancels, nothing fails and no
batch task is shed for an objective that such a load cannot keep, since none of that is promised.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median

from orchsim.lives import Life
from orchsim.scenario import Arrivals, Clients, Lengths, Scenario, Tenant

BINS = 10
UNMISSED_MS = 1e9
_ARRIVALS: tuple[Arrivals, ...] = ("poisson", "bursts", "heavy-tails")
_LENGTHS: tuple[Lengths, ...] = ("uniform", "lognormal", "pareto")
_LOADS = (0.7, 0.95, 1.3)


def promising(worlds: int, tasks: int, *, deadline: float = 12.0, first_seed: int = 1) -> Iterator[Scenario]:
    """So many worlds. `deadline` is the median deadline in mean service times."""
    for number in range(worlds):
        seed = first_seed + number
        yield Scenario(
            seed=seed,
            tasks=tasks,
            workers=1 + number % 2,
            slots=(2, 4, 8)[number // 9 % 3],
            capacity=(64, 256)[number // 3 % 2],
            load=_LOADS[number % 3],
            arrivals=_ARRIVALS[number // 3 % 3],
            lengths=_LENGTHS[(number + number // 3) % 3],
            order="wfq" if number % 5 == 4 else "strict",
            age_ms=5_000 if number % 4 else 30_000,
            batch=(0.0, 0.3, 0.6)[number // 2 % 3],
            slowdown=(0.0, 0.05)[number % 2],
            noise=0.1,
            drift=(0.0, 0.3)[number // 4 % 2],
            objective_ms=UNMISSED_MS,
            deadline=deadline,
            deadline_spread=1.0,
            expected_known=0.2,
            tenants=(Tenant("a", 0.6, 1.0), Tenant("b", 0.4, 2.0)),
            clients=Clients(obedient=0.7, disobedient=0.05),
        )


def after_a_burst(load: float, *, seeds: int = 2) -> Iterator[Scenario]:
    """A burst of 100 tasks more than the queue holds, before and behind it a steady load; all obey advice."""
    for capacity in (8, 32, 128):
        for slots in (2, 8):
            for seed in range(1, seeds + 1):
                yield Scenario(
                    seed=seed,
                    tasks=1_500,
                    capacity=capacity,
                    slots=slots,
                    load=load,
                    objective_ms=UNMISSED_MS,
                    burst=100 + capacity,
                    burst_after=300,
                    deadline=1e5,
                    deadline_spread=0.0,
                    batch=0.3,
                    lengths="lognormal",
                    clients=Clients(obedient=1.0, disobedient=0.0, returns=50),
                )


@dataclass(frozen=True, slots=True)
class Bin:
    """Tasks that were promised about the same: how many, the mean promise, and the share that met its
    deadline.
    """

    low: float
    high: float
    count: int
    promised: float
    met: float


def judged(lives: Iterable[Life]) -> list[tuple[float, bool]]:
    """(on_time_probability at admission, whether it ended in time) of the tasks that are judged: admitted,
    and neither cancelled nor given up.
    """
    return [
        (life.on_time, life.ending == "end") for life in lives if life.ending in ("end", "DEADLINE_UNMET")
    ]


def probability_bins(promises: list[tuple[float, bool]]) -> list[Bin]:
    """Ten bins of equal width."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for promise in promises:
        bins[min(BINS - 1, int(promise[0] * BINS))].append(promise)
    return [
        Bin(
            number / BINS,
            (number + 1) / BINS,
            len(members),
            sum(p for p, _ in members) / len(members) if members else 0.0,
            sum(met for _, met in members) / len(members) if members else 0.0,
        )
        for number, members in enumerate(bins)
    ]


@dataclass(frozen=True, slots=True)
class StartBin:
    """Tasks whose start was predicted about equally late, in milliseconds: quantiles of what they waited."""

    count: int
    predicted: float
    p10: float
    p50: float
    p90: float
    mean: float


def start_bins(lives: Iterable[Life], bins: int = BINS) -> list[StartBin]:
    """Bins with equally many of the tasks that were told to wait and were started."""
    waits = sorted(
        (life.predicted_start_ms, life.started_ms - life.accepted_ms)
        for life in lives
        if life.started_ms is not None and life.predicted_start_ms > 0 and life.measured
    )
    found = []
    for number in range(bins):
        members = waits[len(waits) * number // bins : len(waits) * (number + 1) // bins]
        if members:
            actual = sorted(wait for _, wait in members)
            found.append(
                StartBin(
                    len(members),
                    median(predicted for predicted, _ in members),
                    actual[len(actual) // 10],
                    median(actual),
                    actual[len(actual) * 9 // 10],
                    sum(actual) / len(actual),
                )
            )
    return found
