"""More urgent work first: batch tasks are held back in the queue, or stopped at their engines and put back.

Whether and whom is decided in the core; the tasks that are stopped go on in `relay`.
"""

from orchestratord.core._queue import BATCH, INTERACTIVE
from orchestratord.core.preemption import Running, victim
from orchestratord.core.task_states import TaskMove
from orchestratord.service import events
from orchestratord.service.alarms import Alarms
from orchestratord.service.job import Job
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.settlement import Settlement

INTERRUPTIBLE = "interruptible_decode"


class Preemptor:
    """Looks at a pool whenever its queue moves."""

    def __init__(self, settlement: Settlement, ledger: Ledger, alarms: Alarms) -> None:
        self._settlement = settlement
        self._ledger = ledger
        self._alarms = alarms

    def holds_batch(self, pool: Pool, now_ms: float) -> bool:
        """Whether no batch task of the pool may start as long as an interactive one waits."""
        # ORCH-3085
        if pool.plan.preemption.mode == "disabled":
            return False
        queue = pool.queue
        return bool(queue.length(INTERACTIVE) and queue.length(BATCH)) and pool.misses_objective(now_ms)

    def note_held_back(self, pool: Pool, now_ms: float) -> None:
        """An interactive task starts: count the batch task before which it would not have, once."""
        # ORCH-3087
        entry = pool.queue.peek(now_ms)
        if entry is None or entry.priority != BATCH:
            return
        job = pool.waiting[entry.id]
        if not job.held_back:
            job.held_back = True
            self._ledger.preempted(job, "soft")

    def make_room(self, pool: Pool, urgent: Job, now_ms: float) -> None:
        """Stop a running task for one that finds no slot, where the pool's rules allow it."""
        # ORCH-3086
        if not self._wants_room(pool, urgent.spec.priority) or not pool.misses_objective(now_ms):
            return
        if pool.allowance.free_at_ms(now_ms) > now_ms:
            return
        chosen = victim(self._running(pool, urgent, now_ms))
        if chosen is not None:
            pool.allowance.take(now_ms)
            self._stop(next(job for job in pool.running if job.job_id == chosen), now_ms)

    def next_look_ms(self, pool: Pool, now_ms: float) -> float | None:
        """When a task may have to be stopped next though nothing happens until then; None: never."""
        if not self._wants_room(pool, "interactive") or not pool.running:
            return None
        limit = pool.first_tokens["interactive"].limit_ms
        dues = [
            job.accepted_ms + limit for job in pool.waiting.values() if job.spec.priority == "interactive"
        ]
        dues.append(pool.allowance.free_at_ms(now_ms))
        return min((due for due in dues if due > now_ms), default=None)

    def _wants_room(self, pool: Pool, priority: str) -> bool:
        return (
            priority == "interactive"
            and pool.plan.preemption.mode == "hard"
            and bool(pool.plan.features.get(INTERRUPTIBLE))
            and pool.queue.length(INTERACTIVE) > pool.cooling_slots
        )

    def _running(self, pool: Pool, urgent: Job, now_ms: float) -> list[Running]:
        return [
            Running(
                job.job_id,
                batch=job.spec.priority == "batch",
                started_ms=now_ms if job.started_ms is None else job.started_ms,
                spared=self._spared(pool, job, urgent, now_ms),
            )
            for job in pool.running
        ]

    @staticmethod
    def _spared(pool: Pool, job: Job, urgent: Job, now_ms: float) -> bool:
        # An aged task would be dispatched before the urgent one again, and an engine that is left alone for
        # a moment would not take it. Nor would a worker that drains: what it runs could go on nowhere.
        queue = pool.plan.queue
        aged = queue.order == "strict" and job.accepted_ms <= min(now_ms - queue.age_ms, urgent.accepted_ms)
        worker = None if job.lease is None else job.lease.worker
        return (
            job.spec.strict
            or job.decoded >= job.spec.max_tokens
            or aged
            or worker is None
            or not worker.health.ready
            or worker.held_until_ms > now_ms
            or worker.id in urgent.avoid
        )

    def _stop(self, job: Job, now_ms: float) -> None:
        """Stop a task at its engine; it waits at the head of its class with all that it has."""
        # OC-CORE-1052
        assert job.lease is not None
        assert job.ticket is not None
        job.ran_ms += now_ms - job.lease.taken_ms
        job.tokens_before = job.decoded
        job.preempted = True
        job.preemptions += 1
        self._settlement.release(job, engine_done=False)
        job.move(TaskMove.PREEMPT)
        job.pool.waiting[job.job_id] = job
        job.pool.queue.put_back(job.ticket, True)
        job.ticket = None
        self._ledger.preempted(job, "hard")
        if job.token_events:
            events.metrics(job, now_ms)
            job.bell.ring()
        self._alarms.check(job)
