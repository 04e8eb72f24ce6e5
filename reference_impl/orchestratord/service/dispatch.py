"""From the queue to the engines: places the next task whenever a slot is free.

What an engine says is relayed in `relay`.
"""

import asyncio
from collections.abc import Callable

from orchestratord.core.fairness import Shares
from orchestratord.core.task_states import TaskMove
from orchestratord.service import events
from orchestratord.service.alarms import Alarms
from orchestratord.service.job import Job, Lease
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.preemptor import Preemptor
from orchestratord.service.settlement import Failed, Settlement
from orchestratord.service.worker import Worker
from orchqueue_contract.errors import ErrorCode

RunAttempt = Callable[[Job, Lease], None]


class Dispatcher:
    """Hands waiting tasks to workers. `run` begins to talk to the engine and returns at once."""

    def __init__(
        self,
        *,
        settlement: Settlement,
        ledger: Ledger,
        alarms: Alarms,
        preemptor: Preemptor,
        shares: Shares,
        now_ms: Callable[[], float],
        run: RunAttempt,
    ) -> None:
        self._settlement = settlement
        self._ledger = ledger
        self._alarms = alarms
        self._preemptor = preemptor
        self._shares = shares
        self._now_ms = now_ms
        self._run = run
        self._pumping: set[str] = set()
        self._wakings: dict[str, asyncio.TimerHandle] = {}

    def pump(self, pool: Pool) -> None:
        """Dispatch as long as a task waits and a slot is free for it."""
        if pool.id in self._pumping:
            return
        self._pumping.add(pool.id)
        try:
            while self._dispatch_next(pool):
                pass
        finally:
            self._pumping.discard(pool.id)
        self._wake_later(pool)

    def put_back(self, job: Job, pause_ms: float) -> None:
        """A task takes its place in the queue again, after a pause if there is one."""
        if pause_ms <= 0:
            self._return(job)
        else:
            job.rest = asyncio.get_running_loop().call_later(pause_ms / 1000, self._return, job)

    def close(self) -> None:
        """Wake nobody any more."""
        for waking in self._wakings.values():
            waking.cancel()
        self._wakings.clear()

    def _return(self, job: Job) -> None:
        job.rest = None
        assert job.ticket is not None
        job.pool.queue.put_back(job.ticket, job.first_token_ms is not None)
        job.ticket = None
        self.pump(job.pool)

    def _dispatch_next(self, pool: Pool) -> bool:
        now_ms = self._now_ms()
        hold_batch = self._preemptor.holds_batch(pool, now_ms)
        entry = pool.queue.peek(now_ms, hold_batch)
        if entry is None:
            return False
        job = pool.waiting[entry.id]
        if not pool.serves(job):  # it ran when the pool was reloaded, and was put back since
            return self._settlement.strand(job)
        if now_ms >= job.deadline_at_ms:  # its timer is due at this moment, too
            self._alarms.check(job)
            return True
        worker = pool.place(job, now_ms)
        if worker is None:
            if self._let_down(pool, job):
                return True
            self._preemptor.make_room(pool, job, now_ms)
            return False
        if hold_batch:
            self._preemptor.note_held_back(pool, now_ms)
        job.ticket = pool.queue.dequeue(now_ms, hold_batch)
        self._begin(job, worker, now_ms)
        return True

    def _let_down(self, pool: Pool, job: Job) -> bool:
        """Whether a task had been failed by every replica that is ready, and is dealt with: workers that are
        started again may have it again, and where there are none it has none left to wait for.
        """
        if not (job.avoid and pool.ready) or pool.others_ready(job.spec.workload, job.avoid):
            return False
        if pool.comes_back:
            job.avoid = frozenset()  # OC-POOL-3032
        else:
            message = "No replica is left that could run the task."
            error = self._settlement.error(job, ErrorCode.REPLICA_EXHAUSTED, message)
            self._settlement.finish(job, Failed(error))
        return True

    def _begin(self, job: Job, worker: Worker, now_ms: float) -> None:
        job.move(TaskMove.DISPATCH)
        job.pool.waiting.pop(job.job_id)
        job.pool.running.add(job)
        job.replica_id = worker.id
        job.lease = Lease(worker, worker.take(job.spec, job.kv_bytes, now_ms), now_ms)
        _note_kv(job, worker)
        # First of all, so that the engine is at work while the rest is done; nothing comes from it before.
        self._run(job, job.lease)
        if job.started_ms is None:
            job.started_ms = now_ms
            job.pool.learn_start(job, now_ms)
            job.dispatched = self._shares.dispatched(job.key.tenant, job.spec.priority, job.estimate.cost)
            self._ledger.started(job, worker, now_ms - job.accepted_ms)
            events.started(job, worker)
            job.bell.ring()
        self._alarms.check(job)

    def _wake_later(self, pool: Pool) -> None:
        """Pump again when a worker that was busy may be asked again, or a task may be stopped for another."""
        waking = self._wakings.pop(pool.id, None)
        if waking is not None:
            waking.cancel()
        now_ms = self._now_ms()
        times = [w.held_until_ms for w in pool.workers.values() if w.held_until_ms > now_ms]
        room_ms = self._preemptor.next_look_ms(pool, now_ms)
        if room_ms is not None:
            times.append(room_ms)
        if times and len(pool.queue):
            delay_s = (min(times) - now_ms) / 1000 + 0.001
            self._wakings[pool.id] = asyncio.get_running_loop().call_later(delay_s, self.pump, pool)


def _note_kv(job: Job, worker: Worker) -> None:
    """Compare the replica with the one that served the session last."""
    # OC-CORE-1013
    home, pool = job.session.home, job.pool
    at_home = home is not None and home.is_at(pool.id, worker.id)
    job.outages = worker.health.outages
    job.warm = at_home and home is not None and home.keeps(job.outages) and job.spec.reuses_cache
    job.strayed = home is not None and not at_home
