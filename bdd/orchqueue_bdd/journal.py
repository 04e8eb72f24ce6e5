"""What a server's log says about a scenario's tasks: lines found by their ids, a moment later if need be.

A line that is no JSON object is passed over here; OC-OPS-8002 has a scenario of its own.
"""

import json
from collections.abc import Callable
from typing import Any

from orchqueue_bdd.tasks import Task
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

Line = dict[str, Any]


def lines(world: World) -> list[Line]:
    """Give the JSON objects among the log lines since the scenario began."""
    return [line for text in world.log_text() if (line := _object(text)) is not None]


def about(world: World, task: Task) -> list[Line]:
    """Give the lines that name the task by any of its ids."""
    ids = {task.id, task.job_id, task.correlation_id} - {""}
    keys = ("task_id", "job_id", "correlation_id")
    return [line for line in lines(world) if any(line.get(key) in ids for key in keys)]


def once(world: World, task: Task, holds: Callable[[list[Line]], bool]) -> list[Line]:
    """Give the lines about a task, as soon as they hold or a moment has passed."""
    return eventually(lambda: about(world, task), holds)


def ended(world: World, task: Task) -> list[Line]:
    """Give the lines about a task that is over, once one of them counts what it gave."""
    return once(world, task, lambda found: any("tokens_out" in line for line in found))


def _object(text: str) -> Line | None:
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
