"""What a relay adds to the time to the first token, and to each token: one client, paced tokens, in turn
straight to the engine and through each relay.

A token says when it was sent and when its request had reached the engine, so what the engine itself takes is
no part of it.
"""

from statistics import median
from time import perf_counter_ns

from plane_bench.figures import Figures
from plane_bench.relays import TOKEN, Direct, Orchestratord, Relay, VllmRouter
from plane_bench.wire import Wire

PACE_MS = 5.0
TOKENS = 20


async def measure(rounds: int, quick: bool, figures: Figures) -> None:
    """So many rounds of some streams each."""
    relays: list[Relay] = [Orchestratord()]
    if VllmRouter.program.exists():
        relays.append(VllmRouter())
    for _ in range(rounds):
        with Direct().started(0) as engine:
            for relay in relays:
                with relay.started(engine.port) as server:
                    straight, through = await Wire.to(engine.port), await Wire.to(server.port)
                    first, each = await _added(Direct(), straight, relay, through, 5 if quick else 30)
                goals = ({"at_most": 0.2}, {"at_most": 0.1}) if isinstance(relay, Orchestratord) else ({}, {})
                figures.add(f"{relay.name}, added to the first token, ms", first, **goals[0])
                figures.add(f"{relay.name}, added to a token, ms", each, **goals[1])


async def _added(
    one: Relay, straight: Wire, other: Relay, through: Wire, streams: int
) -> tuple[float, float]:
    """The differences of the medians, in milliseconds, for a first token and for a later one."""
    taken: list[tuple[list[float], list[float]]] = [([], []), ([], [])]
    for _ in range(streams):
        for (firsts, laters), relay, wire in zip(taken, (one, other), (straight, through), strict=True):
            took = await _times(relay, wire)
            firsts.append(took[0])
            laters.extend(took[1:])
    (first, later), (first_through, later_through) = taken
    return median(first_through) - median(first), median(later_through) - median(later)


async def _times(relay: Relay, wire: Wire) -> list[float]:
    """What one stream took beside the engine, in milliseconds: to its first token, and for each later one."""
    took: list[float] = []
    posted = perf_counter_ns()

    def hear(body: bytes) -> None:
        heard = perf_counter_ns()
        for _, sent, arrived in TOKEN.findall(body):
            way_there = 0 if took else int(arrived) - posted
            took.append((heard - int(sent) + way_there) / 1e6)

    await relay.stream(wire, PACE_MS, TOKENS, hear)
    assert len(took) == TOKENS, f"{relay.name} gave {len(took)} tokens of {TOKENS}"
    return took
