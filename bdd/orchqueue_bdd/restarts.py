"""When an engine that the server runs was started, by its own record, and what is demanded of that."""

from typing import Any

from orchqueue.kit import NotTestable
from orchqueue_bdd import answers, tasks
from orchqueue_bdd.world import World

# Starting a program takes its time on a machine that has other things to do.
START_S = 20.0
JITTER = 0.2
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


def pauses_grow(world: World, name: str, count: int, initial_ms: float) -> None:
    """Demand so many restarts, each after twice the pause of the one before."""
    begun = starts(world, name, count + 1)
    ended = world.managed(name).of("end")
    pauses = [later["ms"] - over["ms"] for over, later in zip(ended, begun[1:], strict=False)][:count]
    for number, pause_ms in enumerate(pauses):
        meant = initial_ms * 2.0**number
        least, most = meant * (1 - JITTER), meant * (1 + JITTER) + START_S * 1000
        assert least <= pause_ms <= most, (
            f'the pauses of "{name}" were {[round(one) for one in pauses]} ms; '
            f"number {number + 1} lies within {least:.0f} and {most:.0f} ms"
        )


def paused(world: World, name: str, count: int, least_ms: float) -> None:
    """Demand that a start of an engine, counted from 1, came no sooner than so long after the end before."""
    begun = starts(world, name, count)[count - 1]
    pause_ms = begun["ms"] - world.managed(name).of("end")[count - 2]["ms"]
    assert pause_ms >= least_ms, f'the engine "{name}" was started again after {pause_ms:.0f} ms'


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
