"""The times that a task must not pass, and the metrics events that are due by the clock: one timer for each
live task.
"""

import asyncio
from collections.abc import Callable

from orchestratord.core import watchdog
from orchestratord.core.task_states import TaskState
from orchestratord.service import events
from orchestratord.service.job import Job
from orchestratord.service.settlement import Failed, Settlement
from orchqueue_contract.errors import ErrorCode

LONGEST_SLEEP_MS = 3_600_000.0
SHORTEST_SLEEP_MS = 1.0


class Alarms:
    """Looks at a task when one of its times has come, and sets the timer for the next."""

    def __init__(self, settlement: Settlement, now_ms: Callable[[], float]) -> None:
        self._settlement = settlement
        self._now_ms = now_ms

    def check(self, job: Job) -> None:
        """End the task when a time has passed, else look again at the next one."""
        if job.alarm is not None:
            job.alarm.cancel()
            job.alarm = None
        if job.ended:
            return
        now_ms = self._now_ms()
        next_ms = self._judge(job, now_ms)
        if next_ms is not None:
            sleep_ms = min(max(next_ms - now_ms, SHORTEST_SLEEP_MS), LONGEST_SLEEP_MS)
            job.alarm = asyncio.get_running_loop().call_later(sleep_ms / 1000, self.check, job)

    def _judge(self, job: Job, now_ms: float) -> float | None:
        """The next time to look; None when the task was ended."""
        if now_ms >= job.deadline_at_ms:
            # OC-CORE-1025
            self._fail(
                job, ErrorCode.DEADLINE_UNMET, "The deadline passed before the task was complete.", "deadline"
            )
            return None
        if job.state is TaskState.QUEUED:
            return self._judge_waiting(job, now_ms)
        assert job.lease is not None
        last_token_ms = job.last_token_ms if job.state is TaskState.STREAMING else None
        limits = job.pool.plan.watchdog
        if job.spec.workload != "completion":
            limits = limits.of_silent_work()
        verdict = watchdog.judge(limits, now_ms, job.lease.taken_ms, last_token_ms, job.ran_ms)
        if isinstance(verdict, watchdog.Expired):
            # OC-CORE-1022
            self._fail(job, ErrorCode.DECODE_TIMEOUT, f"The task was stopped: {verdict.reason}.", "watchdog")
            return None
        if job.state is TaskState.STREAMING:
            verdict = min(verdict, self._tell_metrics(job, now_ms))
        return min(verdict, job.deadline_at_ms)

    def _judge_waiting(self, job: Job, now_ms: float) -> float | None:
        patience = job.spec.max_queue_ms
        if patience is None or job.started_ms is not None:
            return job.deadline_at_ms
        limit = job.accepted_ms + patience
        if now_ms >= limit:
            # OC-CTRL-2016
            error = self._settlement.error(
                job, ErrorCode.ADMISSION_REJECT, "The task waited longer than its max_queue_ms."
            )
            self._settlement.finish(job, Failed(error, given_up=True))
            return None
        return min(limit, job.deadline_at_ms)

    def _tell_metrics(self, job: Job, now_ms: float) -> float:
        if events.metrics_due(job, now_ms):
            events.metrics(job, now_ms)
            job.bell.ring()
        return job.metrics_ms + events.METRICS_EVERY_MS

    def _fail(self, job: Job, code: ErrorCode, message: str, reason: str) -> None:
        error = self._settlement.error(job, code, message)
        self._settlement.finish(job, Failed(error, "deadline" if reason == "deadline" else "watchdog"))
