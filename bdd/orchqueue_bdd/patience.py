"""How long a task may and does wait: what the pool has learnt, ageing, and bounds that clients set."""

import time

from orchqueue.kit import NotTestable, now_ms
from orchqueue_bdd import answers, courses, holding, tasks
from orchqueue_bdd.servers import AGE_MS
from orchqueue_bdd.world import World

ENOUGH_TO_LEARN = 8
MOST = 20  # submissions for each client that is to be refused: some are admitted while others are sent
SIZE = 40
REFUSED = 429
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
            return
    raise NotTestable(f"{len(told)} clients of a burst were refused, not {count}")


def come_back(world: World) -> None:
    """Have each refused client submit again at the time that it was told."""
    told: list[tuple[float, int]] = world.memory["told"]
    world.memory["returns"] = statuses = []
    for number, due in enumerate(sorted(at + wait for at, wait in told)):
        time.sleep(max(0.0, (due - now_ms()) / 1000.0))
        statuses.append(holding.submit(world, f"return {number}", max_tokens=SIZE).answer.status)


def admitted_on_return(world: World, least: int) -> None:
    """Demand how many of those who came back were admitted."""
    statuses: list[int] = world.memory["returns"]
    assert statuses.count(202) >= least, f"on their return they were answered {statuses}"


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
