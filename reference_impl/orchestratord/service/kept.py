"""The tasks that the server knows: found by tenant and id, and forgotten some time after their end, whole, or
earlier when they take too much room.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.tasks import TaskKey
from orchestratord.service.job import Job
from orchqueue_contract.errors import ErrorCode

# What a task takes beside the bytes of its events, and each event beside its own: measured, in CPython 3.11.
TASK_BYTES = 5_000
EVENT_BYTES = 48


class _Ended(NamedTuple):
    """An ended task, when it is to be forgotten, and the bytes that it was counted for."""

    due_ms: float
    job: Job
    size: int


class KeptTasks:
    """Live tasks, and ended ones for `retain_ms` after their end, as long as these take no more than
    `total_bytes`; the latest is kept whatever it takes. `early` is told of each that had to go before its
    time.
    """

    def __init__(
        self, retain_ms: float, total_bytes: int, now_ms: Callable[[], float], early: Callable[[], None]
    ) -> None:
        self._retain_ms = retain_ms
        self._total_bytes = total_bytes
        self._now_ms = now_ms
        self._early = early
        self._bytes = 0
        self._jobs: dict[TaskKey, Job] = {}
        self._ended: deque[_Ended] = deque()
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
        """A task ended: it is forgotten when its time has passed, or its room is needed."""
        # A reader that leaves may have its log trimmed later: what was counted is what is given back.
        ended = _Ended(self._now_ms() + self._retain_ms, job, _size(job))
        self._ended.append(ended)
        self._bytes += ended.size
        self._make_room()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._retain_ms / 1000, self._forget)

    def renew(self, retain_ms: float, total_bytes: int) -> None:
        """Keep tasks so long from now on, those that have ended before too."""
        later_ms = retain_ms - self._retain_ms
        self._retain_ms, self._total_bytes = retain_ms, total_bytes
        self._ended = deque(one._replace(due_ms=one.due_ms + later_ms) for one in self._ended)
        self._make_room()
        self.close()
        self._forget()

    def close(self) -> None:
        """Forget nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _make_room(self) -> None:
        # OC-CTRL-2017
        while self._bytes > self._total_bytes and len(self._ended) > 1:
            self._forget_first()
            self._early()

    def _forget(self) -> None:
        self._timer = None
        now_ms = self._now_ms()
        while self._ended and self._ended[0].due_ms <= now_ms:
            self._forget_first()
        if self._ended:
            delay_s = max(0.001, (self._ended[0].due_ms - now_ms) / 1000)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._forget)

    def _forget_first(self) -> None:
        ended = self._ended.popleft()
        self._bytes -= ended.size
        # A reader who is still at it would keep it for ever.
        ended.job.log.forget()
        del self._jobs[ended.job.key]


def _size(job: Job) -> int:
    events = job.log.next_id - job.log.first_id
    return TASK_BYTES + job.log.size + events * EVENT_BYTES
