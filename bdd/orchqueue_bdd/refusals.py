"""What is demanded of the answer to a task's POST, where a pool or a deadline is the matter."""

from orchqueue_bdd import tasks
from orchqueue_bdd.world import World


def refused(world: World, name: str, status: int, code: str) -> None:
    """Demand that a task was refused with that status and code."""
    task = tasks.named(world, name)
    told = (task.answer.status, task.told.get("code"))
    assert told == (status, code), f'the task "{name}" was answered {task.answer.status} {task.told}'


def refuses(world: World, pool: str, status: int, code: str) -> None:
    """Demand that a pool refuses a task with that status and code."""
    name = f"for {pool}"
    tasks.submit(world, name, model_ref=pool)
    refused(world, name, status, code)
