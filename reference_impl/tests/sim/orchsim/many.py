"""Many worlds, several at a time: one line for each that fails, and how fast they went."""

import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from time import process_time

from orchsim.garbage import uncollected
from orchsim.kinds import KINDS
from orchsim.lives import Life
from orchsim.scenario import Scenario
from orchsim.witness import Violation
from orchsim.world import simulate


@dataclass(frozen=True, slots=True)
class Went:
    """How one seed went. `broken` is the whole account of a violation, empty where there was none."""

    seed: int
    tasks: int
    accepted: int
    events: int
    cpu_s: float
    broken: str = ""


def one(seed: int, tasks: int, kind: str) -> Went:
    """Simulate the world of a seed, of one of the kinds."""
    begun, world = process_time(), KINDS[kind]
    with uncollected():
        try:
            outcome = world.run(world.draw(seed, tasks))
        except Violation as violation:
            return Went(seed, tasks, 0, 0, process_time() - begun, str(violation))
        arrived, events = len(outcome.lives), outcome.events
        accepted = sum(life.job is not None for life in outcome.lives.values())
        del outcome
    return Went(seed, arrived, accepted, events, process_time() - begun)


def lives_of(scenario: Scenario) -> list[Life]:
    """The admitted tasks of one world, without what belongs to the service."""
    return [life.alone() for life in simulate(scenario).lives.values() if life.job is not None]


def processes(jobs: int) -> ProcessPoolExecutor:
    """So many processes to simulate in: new ones, since a fork would keep for ever the locks that other
    threads of whoever asks happen to hold.
    """
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def many(seeds: Iterable[int], tasks: int, jobs: int, kind: str) -> list[Went]:
    """Simulate the worlds of seeds in so many processes; `tasks` arrive in each."""
    if jobs == 1:
        return [one(seed, tasks, kind) for seed in seeds]
    with processes(jobs) as pool:
        return list(pool.map(one, seeds, repeat(tasks), repeat(kind)))


def summary(went: list[Went], kind: str) -> str:
    """In one line."""
    tasks, cpu = sum(each.tasks for each in went), sum(each.cpu_s for each in went)
    accepted, events = sum(each.accepted for each in went), sum(each.events for each in went)
    failed = sum(bool(each.broken) for each in went)
    return (
        f"{kind}: {len(went)} seeds, {tasks:,} tasks ({accepted:,} accepted), {events:,} events, "
        f"{cpu:.1f} s of CPU: {tasks / cpu:,.0f} tasks a second; {failed} seeds broke a law"
    )


def report(went: list[Went], kind: str) -> int:
    """Print every violation and the summary; answers the exit code."""
    for each in went:
        if each.broken:
            sys.stdout.write(f"seed {each.seed}: {each.broken}\n\n")
    sys.stdout.write(summary(went, kind) + "\n")
    return int(any(each.broken for each in went))
