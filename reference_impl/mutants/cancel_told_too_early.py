"""A cancel is acknowledged before it is done."""

import asyncio
from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.core.task_states import TaskState
from orchestratord.service.orchestrator import Orchestrator
from orchestratord.service.settlement import Canceled

REQUIREMENTS = ["ORCH-3026", "OC-CTRL-2012"]
LATE_S = 0.05


def plant(patch: Patch) -> None:
    """Answer at once, and end the task a moment later."""
    patch(Orchestrator, "cancel", _late)
    patch(Orchestrator, "told", lambda _real: _not_waited_for)


def _late(_real: Callable[..., Any]) -> Callable[..., str]:
    def cancel(self: Orchestrator, key: Any) -> str:
        job = self._kept.get(key)
        if job.ended:
            return "already-finished"
        asyncio.get_running_loop().call_later(LATE_S, self._settlement.finish, job, Canceled("client"))
        return "canceled-queued" if job.state is TaskState.QUEUED else "canceled-running"

    return cancel


async def _not_waited_for(_self: Orchestrator, _key: Any) -> None:
    """Wait for nothing."""
