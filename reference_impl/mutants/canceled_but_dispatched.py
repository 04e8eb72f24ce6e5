"""A task that was cancelled while it waited reaches an engine all the same."""

import asyncio
from typing import Any

from mutants._planting import Patch
from orchestratord.core.task_states import TaskState
from orchestratord.service.orchestrator import Orchestrator

REQUIREMENTS = ["OC-CORE-1005"]


def plant(patch: Patch) -> None:
    """Send it when it is cancelled."""
    patch(Orchestrator, "cancel", _sending)


def _sending(real: Any) -> Any:
    def cancel(service: Orchestrator, key: Any) -> Any:
        job = service._kept.get(key)
        waits, request = job.state is TaskState.QUEUED, service._relay._request(job)
        outcome = real(service, key)
        if waits:
            worker = next(iter(job.pool.workers.values()))
            _SENT.add(asyncio.get_running_loop().create_task(_read(worker.adapter.generation(request))))
        return outcome

    return cancel


async def _read(generation: Any) -> None:
    async for _ in generation.chunks():
        pass


_SENT: set[asyncio.Task[None]] = set()
