"""When an engine that the server runs was started, by its own record, and what is demanded of that."""

from math import inf
from typing import Any

from orchqueue.kit import NotTestable
from orchqueue.kit.patience import START_S
from orchqueue_bdd import answers, tasks
from orchqueue_bdd.world import World

JITTER = 0.2
# The kernel tells the start of a process by its tick of 10 ms, and clocks are read one after the other.
CLOCKS_MS = 30.0
SLACK = 2
NO_MORE_S = 0.3

Entry = dict[str, Any]


def starts(world: World, name: str, count: int) -> list[Entry]:
    """Wait until an engine was started so many times, and give the entries. Raises AssertionError."""
    own = world.managed(name)
    own.wait_for(lambda: len(own.of("start")) >= count, START_S)
    found = own.of("start")
    assert len(found) >= count, f'the engine "{name}" was started {len(found)} times, not {count}'
    return found


def started_no_more(world: World, name: str, count: int) -> None:
    """Demand that an engine was started so many times, and is not started again soon after."""
    starts(world, name, count)
    own = world.managed(name)
    own.wait_for(lambda: len(own.of("start")) > count, NO_MORE_S)
    seen = len(own.of("start"))
    assert seen == count, f'the engine "{name}" was started {seen} times, not {count}'


def never_started(world: World, name: str) -> None:
    """Demand that an engine was not started yet."""
    seen = world.managed(name).of("start")
    assert not seen, f'the engine "{name}" was started {len(seen)} times'


def pauses_grow(world: World, name: str, count: int, initial_ms: float, most_ms: float) -> None:
    """Demand so many restarts, each after twice the pause of the one before, up to the longest pause."""
    begun, pauses = starts(world, name, count + 1), _pauses_ms(world, name, count)
    for number, pause_ms in enumerate(pauses):
        meant = min(initial_ms * 2.0**number, most_ms)
        # Before it starts an engine a server learns that the last one has ended. Whatever else the machine
        # does then, that takes no longer than twice what the engine needs from its start to its first word:
        # at the start before the pause or at one after it. The first pause falls among the starts of all
        # engines of the server, and may take as long as they do.
        late = SLACK * max(start["ms"] - start["born_ms"] for start in begun[number:]) if number else inf
        least, most = meant * (1 - JITTER) - CLOCKS_MS, meant * (1 + JITTER) + CLOCKS_MS + late
        assert least <= pause_ms <= most, (
            f'the pauses of "{name}" were {[round(one) for one in pauses]} ms; '
            f"number {number + 1} lies within {least:.0f} and {most:.0f} ms"
        )


def paused(world: World, name: str, count: int, least_ms: float) -> None:
    """Demand that a start of an engine, counted from 1, came no sooner than so long after the end before."""
    pause_ms = _pauses_ms(world, name, count - 1)[-1]
    assert pause_ms >= least_ms - CLOCKS_MS, f'the engine "{name}" was started again after {pause_ms:.0f} ms'


def _pauses_ms(world: World, name: str, count: int) -> list[float]:
    """How long each of the first restarts of an engine came after the end before it.

    What counts is when the kernel began the process: on a machine that has other things to do it would pass
    for a pause how long a process takes until it writes.
    """
    begun = starts(world, name, count + 1)
    ended = world.managed(name).of("end")
    pauses = [later["born_ms"] - over["ms"] for over, later in zip(ended, begun[1:], strict=False)][:count]
    assert len(pauses) == count, f'the engine "{name}" was started again before it had ended'
    return pauses


def never_twice(world: World, name: str) -> None:
    """Demand that each process of an engine had ended before the next one was started."""
    order = [entry["event"] for entry in world.managed(name).record if entry["event"] in {"start", "end"}]
    wanted = ["start", "end"] * (len(order) // 2 + 1)
    assert order == wanted[: len(order)], f'the processes of the engine "{name}" went {order}'


def advises_within(world: World, name: str, least_ms: float, most_ms: float) -> None:
    """Demand that a refused task is told to come back within these bounds. Raises NotTestable."""
    answer = tasks.named(world, name).answer
    if answer.status < 400:
        raise NotTestable(f'the task "{name}" was not refused')
    told = answers.header_number(answer, "X-Backoff-Ms")
    assert least_ms <= told <= most_ms, f"the advice is {told} ms"
