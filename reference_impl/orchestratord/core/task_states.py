"""The life of an accepted task as a table: what may follow what.

What causes a change and what it entails is decided elsewhere.
"""

from enum import StrEnum


class TaskState(StrEnum):
    """Where an accepted task stands."""

    QUEUED = "queued"
    STARTING = "starting"
    STREAMING = "streaming"
    ENDED = "ended"


class TaskMove(StrEnum):
    """What happens to a task."""

    DISPATCH = "dispatch"
    TOKEN = "token"  # noqa: S105 - a piece of text, no secret
    PUT_BACK = "put-back"
    PREEMPT = "preempt"
    END = "end"


TRANSITIONS: dict[tuple[TaskState, TaskMove], TaskState] = {
    (TaskState.QUEUED, TaskMove.DISPATCH): TaskState.STARTING,
    (TaskState.STARTING, TaskMove.TOKEN): TaskState.STREAMING,
    (TaskState.STARTING, TaskMove.PUT_BACK): TaskState.QUEUED,
    (TaskState.STARTING, TaskMove.PREEMPT): TaskState.QUEUED,
    (TaskState.STREAMING, TaskMove.TOKEN): TaskState.STREAMING,
    (TaskState.STREAMING, TaskMove.PREEMPT): TaskState.QUEUED,
    (TaskState.QUEUED, TaskMove.END): TaskState.ENDED,
    (TaskState.STARTING, TaskMove.END): TaskState.ENDED,
    (TaskState.STREAMING, TaskMove.END): TaskState.ENDED,
}


def moved(state: TaskState, move: TaskMove) -> TaskState:
    """The state after a move. Raises ValueError where the table has none: that is a defect of the server."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise ValueError(f"a task that is {state} cannot {move}") from None
