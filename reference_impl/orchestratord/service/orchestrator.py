"""The service as the edge sees it: submit, follow, cancel, look, start and stop.

It joins the parts and decides nothing.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from orchestratord.adapters import ADAPTERS, AdapterFactory
from orchestratord.core.deadlines import DeadlineRecord
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.event_log import resume_point
from orchestratord.core.fairness import Shares
from orchestratord.core.sessions import SessionKey
from orchestratord.core.task_states import TaskState
from orchestratord.core.tasks import TaskKey, TaskSpec
from orchestratord.metrics import GaugeSample
from orchestratord.service import overview
from orchestratord.service.alarms import Alarms
from orchestratord.service.archive import Archive, open_archive
from orchestratord.service.bell import Bell
from orchestratord.service.dispatch import Dispatcher
from orchestratord.service.intake import Intake, Surroundings
from orchestratord.service.job import Job, Lease, Submitter
from orchestratord.service.kept import KeptTasks
from orchestratord.service.ledger import Ledger
from orchestratord.service.plans import ArtifactsPlan, ServicePlan
from orchestratord.service.pool import Pool
from orchestratord.service.preemptor import Preemptor
from orchestratord.service.relay import Relay
from orchestratord.service.sessions import Sessions, SessionState
from orchestratord.service.settlement import Accounts, Canceled, Failed, Settlement
from orchestratord.service.streams import EventStream, OpenStreams
from orchestratord.service.supervisor import Supervisor
from orchestratord.service.tenants import Tenants
from orchestratord.service.transcripts import Transcripts
from orchqueue_contract.errors import ErrorCode

CancelOutcome = Literal["canceled-queued", "canceled-running", "already-finished"]

FIRST_ROUND_S = 0.5
FLUSH_S = 5.0


class Orchestrator:
    """Pools, the tasks in them, and those who read."""

    def __init__(
        self,
        plan: ServicePlan,
        ledger: Ledger,
        streams_per_key: int,
        *,
        now_ms: Callable[[], float],
        chance: Callable[[], float],
        new_id: Callable[[], str],
        adapters: Mapping[str, AdapterFactory] = ADAPTERS,
        make_archive: Callable[[ArtifactsPlan, Ledger], Archive] = open_archive,
    ) -> None:

        profiles = {profile.version: profile for profile in plan.sampler_profiles}
        self._plan = plan
        self._ledger = ledger
        self._now_ms = now_ms
        self.pools = {pool.id: Pool(pool, profiles, adapters) for pool in plan.pools}
        self._kept = KeptTasks(plan.streams.retain_ms, now_ms)
        self._over = Bell()
        tenants, self._shares, self._deadlines = Tenants(plan.tenants), Shares(), DeadlineRecord()
        self._sessions = Sessions(plan.sessions, self.pools, now_ms)
        accounts = Accounts(tenants, self._sessions, self._shares, self._deadlines)
        self.archive = make_archive(plan.artifacts, ledger)
        self._transcripts = Transcripts(self.archive, ledger, self._task_told)
        self._settlement = Settlement(
            ledger,
            accounts,
            self._transcripts,
            now_ms=now_ms,
            chance=chance,
            freed=self._freed,
            over=_without_text,
        )
        self._alarms = Alarms(self._settlement, now_ms)
        self._supervisor = Supervisor(ledger, now_ms)
        self._supervisor.changed = self._freed
        self._dispatcher = Dispatcher(
            settlement=self._settlement,
            ledger=ledger,
            alarms=self._alarms,
            preemptor=Preemptor(self._settlement, ledger, self._alarms),
            shares=self._shares,
            now_ms=now_ms,
            run=self._run,
        )
        self._relay = Relay(
            settlement=self._settlement,
            ledger=ledger,
            alarms=self._alarms,
            supervisor=self._supervisor,
            now_ms=now_ms,
            chance=chance,
            put_back=self._dispatcher.put_back,
            freed=self._freed,
        )
        self._intake = Intake(
            pools=self.pools,
            tenants=tenants,
            sessions=self._sessions,
            kept=self._kept,
            settlement=self._settlement,
            dispatcher=self._dispatcher,
            alarms=self._alarms,
            ledger=ledger,
            surroundings=Surroundings(now_ms, chance, new_id, plan.streams.max_bytes),
        )
        self._streams = OpenStreams(streams_per_key, plan.streams.keepalive_ms, self._reader_left)

    async def start(self) -> None:
        """Begin to watch the engines; gives those that answer at once the time to do so."""
        self._supervisor.start(self.pools.values())
        await self._supervisor.first_round(FIRST_ROUND_S)

    async def submit(self, spec: TaskSpec, submitter: Submitter) -> Job:
        """Accept a task. Raises OrchestratorError, which was counted and logged."""
        try:
            return await self._intake.submit(spec, submitter)
        except OrchestratorError as error:
            self._ledger.refused(error, spec, submitter)
            raise

    def refused_unread(self, error: OrchestratorError, submitter: Submitter) -> None:
        """Count and log a task that could not be read."""
        self._ledger.refused(error, None, submitter)

    def cancel(self, key: TaskKey) -> CancelOutcome:
        """End a task; when this returns its terminal event has its id, and `told` waits until it can be
        read. Raises NOT_FOUND.
        """
        # OC-CTRL-2012
        job = self._kept.get(key)
        waited = job.state is TaskState.QUEUED and job.started_ms is None
        if not self._settlement.finish(job, Canceled("client")):
            return "already-finished"
        return "canceled-queued" if waited else "canceled-running"

    async def told(self, key: TaskKey) -> None:
        """Until the terminal event of a task can be read. Raises NOT_FOUND."""
        job = self._kept.get(key)
        while not job.log.closed:
            await job.bell.wait(self._plan.streams.keepalive_ms / 1000)

    def follow(self, key: TaskKey, last_event_id: str | None, key_id: str) -> EventStream | None:
        """A reader of the task's events, which has to be closed; None when there is nothing after the named
        event.

        Raises NOT_FOUND, INVALID_PARAMS, EVENTS_GONE and QUOTA_EXCEEDED.
        """
        job = self._kept.get(key)
        start = resume_point(job.log, last_event_id)
        return None if start is None else self._streams.open(job, start, key_id)

    def session(self, key: SessionKey) -> SessionState:
        """A session as it is now. Raises NOT_FOUND."""
        return self._sessions.state(key)

    def delete_session(self, session_id: str, submitter: Submitter) -> None:
        """End a session of the one who asks, if there is one; its tasks go on."""
        if self._sessions.delete(SessionKey(submitter.tenant, session_id)):
            self._ledger.session_deleted(session_id, submitter)

    def gauges(self) -> Iterator[GaugeSample]:
        """The gauges as they are now."""
        yield from overview.gauges(self.pools.values())
        yield from overview.scheduling(self._shares, self._deadlines)

    def replica_sets(self) -> list[overview.ReplicaSet]:
        """What the ready replicas can do."""
        return overview.replica_sets(self.pools.values())

    async def shutdown(self) -> None:
        """Stop in order: nothing new, nothing that waits, the running ones within their grace, every stream
        to its end.
        """
        # OC-CTRL-2070
        self._intake.closed = True
        self._ledger.noted("server.draining", grace_ms=self._plan.grace_ms)
        for job in self._kept.live():
            if job.state is TaskState.QUEUED:
                self._shut(job)
        await self._all_over(self._plan.grace_ms)
        for job in self._kept.live():
            self._shut(job)
        try:
            async with asyncio.timeout(FLUSH_S):
                await self._relay.settle()
                await self._transcripts.settled()
                await self._streams.all_closed()
        except TimeoutError:
            self._ledger.noted("server.streams-cut", streams=self._streams.count)
        await self.close()

    async def close(self) -> None:
        """Give up timers, watchers and connections."""
        self._dispatcher.close()
        self._kept.close()
        self._sessions.close()
        await self._supervisor.stop()
        for pool in self.pools.values():
            for worker in pool.workers.values():
                await worker.adapter.close()
        await self.archive.close()

    async def _all_over(self, limit_ms: float) -> None:
        until_ms = self._now_ms() + limit_ms
        while any(self._kept.live()) and (left_ms := until_ms - self._now_ms()) > 0:
            await self._over.wait(left_ms / 1000)

    def _shut(self, job: Job) -> None:
        message = "The task was ended: the server is shutting down."
        error = self._settlement.error(job, ErrorCode.POOL_UNAVAILABLE, message)
        self._settlement.finish(job, Failed(error, "shutdown"))

    def _reader_left(self, job: Job) -> None:
        if job.pool.plan.cancel_on_disconnect and not job.readers:
            self._settlement.finish(job, Canceled("disconnect"))

    def _task_told(self, job: Job) -> None:
        self._kept.ended(job)
        self._over.ring()

    def _freed(self, pool: Pool) -> None:
        self._dispatcher.pump(pool)

    def _run(self, job: Job, lease: Lease) -> None:
        self._relay.run(job, lease)


def _without_text(job: Job) -> None:
    # Its events are bounded and its prompt is not: what is kept for minutes has to be small.
    job.spec = job.spec.without_text()
    job.said.clear()
