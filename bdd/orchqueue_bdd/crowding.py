"""More tasks than a server keeps: each is read to its end, and then it is asked what is still there of them.

A task is told apart from one that was given up by its first event: events that were trimmed are 410.
"""

from orchqueue_bdd import streams, tasks
from orchqueue_bdd.world import World


def run_many(world: World, name: str, count: int, pool: str, tokens: int) -> None:
    """Run a task, and then so many others, one after the other."""
    names = [name, *(f"{name}, and {number} more" for number in range(1, count + 1))]
    for each in names:
        tasks.run(world, each, model_ref=pool, max_tokens=tokens)
    world.memory["last of many"] = names[-1]


def last_is_whole(world: World) -> None:
    """Demand that a reader who comes now gets every event of the task that ended last."""
    task = tasks.named(world, world.memory["last of many"])
    whole = tasks.events(world, task.name)
    streams.are_equal(streams.read_afresh(world, task), whole)
