"""How a task ends: everything that it held or counted is settled in one step that nothing interrupts, and
what is left is its terminal event, which is shown once its transcript is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass

from orchestratord.core.admission import LEAST_ADVICE_MS
from orchestratord.core.deadlines import DeadlineRecord
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.fairness import Shares
from orchestratord.core.task_states import TaskMove
from orchestratord.service import events
from orchestratord.service.job import Job
from orchestratord.service.ledger import CancelReason, Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.sessions import Sessions
from orchestratord.service.tenants import Tenants
from orchestratord.service.transcripts import Transcripts
from orchqueue_contract.errors import ERRORS, ErrorCode, PolicyLabel


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the ends of tasks are settled with: what tenants and sessions hold, shares of cost, deadlines."""

    tenants: Tenants
    sessions: Sessions
    shares: Shares
    deadlines: DeadlineRecord


@dataclass(frozen=True, slots=True)
class Completed:
    """The engine ended by itself; `artifact` is the id of a result that is no text."""

    finish_reason: str
    artifact: str | None = None


@dataclass(frozen=True, slots=True)
class Canceled:
    """Someone wanted no more of it."""

    reason: CancelReason


@dataclass(frozen=True, slots=True)
class Failed:
    """It ended with an error; `reason` says who ended it, when someone did."""

    error: OrchestratorError
    reason: CancelReason | None = None
    given_up: bool = False


Ending = Completed | Canceled | Failed


class Settlement:
    """Ends tasks. `freed` is told of a pool that has a slot or a place again, `over` of a task that ended."""

    def __init__(
        self,
        ledger: Ledger,
        accounts: Accounts,
        transcripts: Transcripts,
        *,
        now_ms: Callable[[], float],
        chance: Callable[[], float],
        freed: Callable[[Pool], None],
        over: Callable[[Job], None],
    ) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._transcripts = transcripts
        self._now_ms = now_ms
        self._chance = chance
        self._freed = freed
        self._over = over

    def finish(self, job: Job, ending: Ending, *, engine_done: bool = False) -> bool:
        """End a task; False when it had ended before, and then nothing changes.

        `engine_done` says that nothing of it is left at the engine; otherwise its slot stays taken until it
        is seen idle.
        """
        # OC-CTRL-2012, OC-CTRL-2024: whoever comes first ends it, and there is no await between the look and
        # the deed.
        if job.ended:
            return False
        now_ms = self._now_ms()
        job.move(TaskMove.END)
        job.ended_ms = now_ms
        version = job.lease.worker.version if job.lease else job.pool.version
        self._withdraw(job)
        if isinstance(ending, Completed):
            job.pool.learn(job, now_ms)
        job.pool.learn_end(job, now_ms, complete=isinstance(ending, Completed))
        if job.lease is not None:
            job.pool.advice.observe_lease(job.ran_ms + now_ms - job.lease.taken_ms)
        runner = self._release(job, engine_done=engine_done)
        self._settle(job, ending)
        self._count(job, ending, version)
        self._write(job, ending, now_ms)
        if runner is not None:
            runner()
        self._over(job)
        self._freed(job.pool)
        return True

    def error(
        self, job: Job, code: ErrorCode, message: str, policy: PolicyLabel | None = None
    ) -> OrchestratorError:
        """An error about a task, with the advice that its code asks for."""
        pool, advice = job.pool, None
        if code in (ErrorCode.ADMISSION_REJECT, ErrorCode.QUEUE_FULL_DROP_LRU):
            advice = pool.advice.retry_after_ms(self._now_ms(), pool.slots, self._chance())
        elif ERRORS[code].status == 503:
            advice = max(LEAST_ADVICE_MS, round(pool.plan.heartbeat_interval_ms))
        return OrchestratorError(
            code, message, engine=pool.engine, pool_id=pool.id, retry_after_ms=advice, policy_label=policy
        )

    def strand(self, job: Job) -> bool:
        """End a waiting task whose model its pool has no more; False when it had ended before."""
        # OC-POOL-3041
        code = ErrorCode.WORKER_RESET if job.token_events else ErrorCode.POOL_UNAVAILABLE
        return self.finish(job, Failed(self.error(job, code, "The task was ended: its pool was reloaded.")))

    def release(self, job: Job, *, engine_done: bool) -> None:
        """Give back the slot of a task that goes on without it, and stop what it has at the engine."""
        stop = self._release(job, engine_done=engine_done)
        if stop is not None:
            stop()

    def _withdraw(self, job: Job) -> None:
        """Nothing that waits for the task finds it any more."""
        # OC-CORE-1005
        if job.ticket is not None:
            job.pool.queue.settle(job.ticket, job.used)
            job.ticket = None
        else:
            job.pool.queue.cancel(job.job_id, job.used)
        job.pool.waiting.pop(job.job_id, None)
        for timer in (job.alarm, job.rest):
            if timer is not None:
                timer.cancel()
        job.alarm = job.rest = None

    def _settle(self, job: Job, ending: Ending) -> None:
        """What the task held and was reckoned with for becomes what it used."""
        # OC-CORE-1023, OC-CORE-1051, ORCH-3081
        accounts = self._accounts
        accounts.sessions.ended(
            job, complete=isinstance(ending, Completed), failed=isinstance(ending, Failed)
        )
        accounts.tenants.held(job.key.tenant).give_back(job.kv_bytes)
        if job.dispatched is not None:
            accounts.shares.settle(job.dispatched, job.used)
        if not isinstance(ending, Canceled):
            accounts.deadlines.ended(job.spec.priority, met=isinstance(ending, Completed))

    def _release(self, job: Job, *, engine_done: bool) -> Callable[[], object] | None:
        """Give the lease back, exactly once; answers how to stop the one who talks to the engine, where
        someone does.
        """
        lease, job.lease = job.lease, None
        job.pool.running.discard(job)
        if lease is None:
            return None
        cooling = not engine_done and lease.runner is not None
        lease.worker.give_back(lease.number, self._now_ms(), cooling=cooling)
        return None if engine_done or lease.runner is None else lease.runner.cancel

    def _count(self, job: Job, ending: Ending, version: str | None) -> None:
        if isinstance(ending, Completed):
            self._ledger.ended(job, "end", None, version)
        elif isinstance(ending, Canceled):
            self._ledger.ended(job, "canceled", ending.reason, version)
        else:
            if ending.given_up:
                self._ledger.given_up(job, ending.error.code, ending.error.policy_label)
            self._ledger.ended(job, ending.error.code, ending.reason, version)

    def _write(self, job: Job, ending: Ending, now_ms: float) -> None:
        if isinstance(ending, Failed):
            last = events.error(job, ending.error)
        else:
            if job.token_events and not job.metrics_fresh:
                events.metrics(job, now_ms)
            if isinstance(ending, Completed):
                last = events.end(job, ending.finish_reason, ending.artifact)
            else:
                last = events.end(job, "canceled")
        self._transcripts.conclude(job, last)
