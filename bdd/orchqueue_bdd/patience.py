"""How long a task may and does wait: what the pool has learnt, ageing, and bounds that clients set."""

import time

from orchqueue.kit import NotTestable, now_ms
from orchqueue_bdd import courses, holding, tasks
from orchqueue_bdd.servers import AGE_MS
from orchqueue_bdd.world import World

ENOUGH_TO_LEARN = 8
AGED_MS = AGE_MS + 30


def learn(world: World) -> None:
    """Run some short tasks, so that the pool has measured how long one takes."""
    for number in range(ENOUGH_TO_LEARN):
        courses.run(world, f"lesson {number}", 2)


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
