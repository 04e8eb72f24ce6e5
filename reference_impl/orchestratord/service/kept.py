"""The tasks that the server knows: found by tenant and id, and forgotten some time after their end, whole."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.tasks import TaskKey
from orchestratord.service.job import Job
from orchqueue_contract.errors import ErrorCode


class KeptTasks:
    """Live tasks, and ended ones for `retain_ms` after their end."""

    def __init__(self, retain_ms: float, now_ms: Callable[[], float]) -> None:
        self._retain_ms = retain_ms
        self._now_ms = now_ms
        self._jobs: dict[TaskKey, Job] = {}
        self._ended: deque[tuple[float, Job]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, job: Job) -> None:
        """Remember a task that was accepted."""
        self._jobs[job.key] = job

    def find(self, key: TaskKey) -> Job | None:
        """The task of a tenant by its id."""
        return self._jobs.get(key)

    def get(self, key: TaskKey) -> Job:
        """The task of a tenant by its id. Raises NOT_FOUND."""
        job = self._jobs.get(key)
        if job is None:
            raise OrchestratorError(ErrorCode.NOT_FOUND, "There is no such task, or no longer.")
        return job

    def live(self) -> Iterator[Job]:
        """The tasks whose terminal event cannot be read yet, as they are now."""
        return iter([job for job in self._jobs.values() if not job.log.closed])

    def ended(self, job: Job) -> None:
        """A task ended: it is forgotten when its time has passed."""
        self._ended.append((self._now_ms() + self._retain_ms, job))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._retain_ms / 1000, self._forget)

    def close(self) -> None:
        """Forget nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _forget(self) -> None:
        self._timer = None
        now_ms = self._now_ms()
        while self._ended and self._ended[0][0] <= now_ms:
            job = self._ended.popleft()[1]
            del self._jobs[job.key]
        if self._ended:
            delay_s = max(0.001, (self._ended[0][0] - now_ms) / 1000)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._forget)
