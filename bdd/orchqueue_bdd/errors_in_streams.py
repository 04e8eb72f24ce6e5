"""The error event by which a task's stream ends."""

from typing import Any

from orchqueue_bdd import answers, tasks
from orchqueue_bdd.world import World


def error(world: World, name: str) -> dict[str, Any]:
    """Give the data of the error that ended a task. Raises AssertionError when it ended otherwise."""
    last = tasks.terminal(world, name)
    assert last.name == "error", f'the stream of "{name}" ended with {last.name!r}'
    return last.data


def is_tabled(world: World, name: str) -> None:
    """Demand a code of the closed table, one that may occur in streams."""
    spec = answers.tabled(error(world, name))
    assert spec.stream, f"{spec.code} does not occur in streams"
