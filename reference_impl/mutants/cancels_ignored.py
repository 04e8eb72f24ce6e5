"""A cancel is acknowledged, and nothing is done about it."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core.task_states import TaskState
from orchestratord.service.orchestrator import Orchestrator

REQUIREMENTS = ["ORCH-2003", "ORCH-3017"]


def plant(patch: Patch) -> None:
    """Look at the task, and let it go on."""
    patch(Orchestrator, "cancel", lambda _real: _looked_at)
    patch(Orchestrator, "told", lambda _real: _not_waited_for)


def _looked_at(self: Orchestrator, key: Any) -> str:
    job = self._kept.get(key)
    if job.ended:
        return "already-finished"
    return "canceled-queued" if job.state is TaskState.QUEUED else "canceled-running"


async def _not_waited_for(_self: Orchestrator, _key: Any) -> None:
    """Wait for nothing."""
