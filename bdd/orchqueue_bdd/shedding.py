"""What the lines about a missed objective do: batch tasks are offered until they are refused, or taken."""

import time

from orchqueue_bdd import tasks
from orchqueue_bdd.world import World

OFFERS = 60
PAUSE_S = 0.05
QUICK_TASKS = 150


def comes_to_shed(world: World, pool: str) -> None:
    """Demand that a batch task is soon refused; its answer is the scenario's."""
    for number in range(OFFERS):
        offered = tasks.submit(world, f"batch {number}", model_ref=pool, priority="batch")
        world.memory["answer"] = offered.answer
        if offered.answer.status != 202:
            return
        time.sleep(PAUSE_S)
    raise AssertionError(f'the pool "{pool}" takes batch tasks, however late interactive ones are served')


def comes_to_take(world: World, pool: str) -> None:
    """Demand that batch tasks are taken again once enough interactive ones were served in time."""
    for number in range(QUICK_TASKS):
        tasks.run(world, f"quick {number}", model_ref=pool, max_tokens=1)
        offered = tasks.submit(world, f"batch again {number}", model_ref=pool, priority="batch")
        if offered.answer.status == 202:
            return
    raise AssertionError(f'the pool "{pool}" still refuses batch tasks after {QUICK_TASKS} quick ones')
