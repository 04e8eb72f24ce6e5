"""How long a task may and does wait: what the pool has learnt, ageing, and bounds that clients set."""

import time
from dataclasses import dataclass
from statistics import mean

from orchqueue.kit import NotTestable, ScriptedEngine, now_ms
from orchqueue_bdd import answers, courses, holding, tasks
from orchqueue_bdd.servers import AGE_MS
from orchqueue_bdd.world import World

ENOUGH_TO_LEARN = 8
MOST = 20  # submissions for each client that is to be refused: some are admitted while others are sent
SIZE = 40
ACCEPTED, REFUSED = 202, 429
AGED_MS = AGE_MS + 30


def learn(world: World, count: int = 2) -> None:
    """Run some tasks of so many tokens, so that the pool has measured how long one takes."""
    for number in range(ENOUGH_TO_LEARN):
        courses.run(world, f"lesson {number}", count)


def refuse(world: World, count: int) -> None:
    """Submit tasks until so many clients were refused. Raises NotTestable when that does not come about."""
    told: list[tuple[float, int]] = []
    for number in range(MOST * count):
        answer = holding.submit(world, f"burst {number}", max_tokens=SIZE).answer
        if answer.status == REFUSED:
            told.append((answer.finished_ms, answers.header_number(answer, "X-Backoff-Ms")))
        if len(told) == count:
            world.memory["told"] = told
            world.memory["admitted"] = ENOUGH_TO_LEARN + number + 1 - count
            return
    raise NotTestable(f"{len(told)} clients of a burst were refused, not {count}")


def come_back(world: World) -> None:
    """Have each refused client submit again at the time that it was told.

    Where the machine is slow, the pool drains no more at the rate that it has learnt: so a client also waits
    until as many tasks were begun as would have been by then, or all were. Raises NotTestable when that does
    not come.
    """
    own, told = holding.engine(world), sorted(world.memory["told"], key=sum)
    lessons = own.completions[:ENOUGH_TO_LEARN]
    task_ms = mean((seen.finished_ms or seen.started_ms) - seen.started_ms for seen in lessons)
    statuses: list[int] = []
    for number, (at_ms, wait_ms) in enumerate(told):
        time.sleep(max(0.0, (at_ms + wait_ms - now_ms()) / 1000.0))
        admitted = world.memory["admitted"] + statuses.count(ACCEPTED)
        due = _Begun(own, at_ms, int(wait_ms // task_ms), admitted)
        own.require(due, "the tasks before one that comes back were to begin")
        statuses.append(holding.submit(world, f"return {number}", max_tokens=SIZE).answer.status)
    world.memory["returns"] = statuses


@dataclass(frozen=True)
class _Begun:
    """Whether an engine has begun so many tasks since a moment, or all there are."""

    engine: ScriptedEngine
    since_ms: float
    count: int
    all: int

    def __call__(self) -> bool:
        begun = [seen.started_ms for seen in self.engine.completions]
        return len(begun) >= self.all or sum(at_ms > self.since_ms for at_ms in begun) >= self.count


def admitted_on_return(world: World, least: int) -> None:
    """Demand how many of those who came back were admitted."""
    statuses: list[int] = world.memory["returns"]
    assert statuses.count(ACCEPTED) >= least, f"on their return they were answered {statuses}"


def are_spread(world: World) -> None:
    """Demand that not all were told the same time."""
    told: list[tuple[float, int]] = world.memory["told"]
    waits = [wait for _, wait in told]
    assert waits[-1] > waits[0], f"they were told to wait for {waits} ms"


def wait_out_age(world: World, name: str) -> None:
    """Let time pass until a task has waited longer than the bound of its pool."""
    due = tasks.named(world, name).answer.finished_ms + AGED_MS
    while now_ms() < due:
        time.sleep((due - now_ms()) / 1000.0 + 0.001)


def wait_at_most(world: World, name: str, bound_ms: int) -> None:
    """Have a task wait that is to be given up after so long. Raises NotTestable when it is refused."""
    task = holding.admit(world, name, max_queue_ms=bound_ms)
    tasks.follow(world, name)
    told = task.told.get("predicted_start_ms")
    if isinstance(told, int) and told > bound_ms:
        raise NotTestable(f"a wait of {told} ms was predicted and yet {bound_ms} ms accepted")


def gave_up_in_time(world: World, name: str, bound_ms: int) -> None:
    """Demand that a task's stream ended no sooner than its bound."""
    last, task = tasks.terminal(world, name), tasks.named(world, name)
    waited = last.received_ms - task.answer.started_ms
    assert waited >= bound_ms, f"it was given up after {waited:.0f} ms"
