"""The service as the edge sees it: submit, follow, cancel, look, start and stop.

It joins the parts and decides nothing.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from orchestratord.adapters import ADAPTERS, AdapterFactory
from orchestratord.core.deadlines import DeadlineRecord
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.event_log import resume_point
from orchestratord.core.fairness import Shares
from orchestratord.core.pools.devices import Device
from orchestratord.core.pools.machine import Machine
from orchestratord.core.quotas import Tenant
from orchestratord.core.sessions import SessionKey
from orchestratord.core.task_states import TaskState
from orchestratord.core.tasks import TaskKey, TaskSpec
from orchestratord.devices import Asker, DriverThread, Inventory, machine_inventory
from orchestratord.logs import Seldom
from orchestratord.metrics import GaugeSample
from orchestratord.plans import ArtifactsPlan, CatalogPlan, ServicePlan
from orchestratord.policy import PolicyPlan
from orchestratord.service import overview
from orchestratord.service.alarms import Alarms
from orchestratord.service.archive import Archive, open_archive
from orchestratord.service.bell import Bell
from orchestratord.service.catalog import Catalog, open_catalog
from orchestratord.service.device_watch import DeviceWatch
from orchestratord.service.digests import ModelDigests
from orchestratord.service.dispatch import Dispatcher
from orchestratord.service.intake import Intake, Surroundings
from orchestratord.service.job import Job, Lease, Submitter
from orchestratord.service.kept import KeptTasks
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.pool_control import PoolControl
from orchestratord.service.preemptor import Preemptor
from orchestratord.service.relay import Relay
from orchestratord.service.renewal import Renewal
from orchestratord.service.sessions import Sessions, SessionState
from orchestratord.service.settlement import Accounts, Canceled, Failed, Settlement
from orchestratord.service.shedding import ShedWatch
from orchestratord.service.streams import EventStream, OpenStreams, Push
from orchestratord.service.supervisor import Supervisor
from orchestratord.service.tenants import Tenants
from orchestratord.service.transcripts import Transcripts
from orchestratord.service.worker import claim_of
from orchestratord.workers import Launcher, LocalLauncher
from orchqueue_contract.errors import ErrorCode

if TYPE_CHECKING:
    from orchestratord.service.policies import Policies

CancelOutcome = Literal["canceled-queued", "canceled-running", "already-finished"]

FIRST_ROUND_S = 0.5
SETTLE_S = 15.0
WITHOUT_POLICIES = (
    "/policy/modules: the server was started without any, so it gets none before its next start"
)


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
        make_catalog: Callable[[CatalogPlan, Ledger, Callable[[], float]], Catalog] = open_catalog,
        open_inventory: Callable[[Iterable[Device]], Inventory] = machine_inventory,
        make_asker: Callable[[], Asker] = DriverThread,
        make_launcher: Callable[[], Launcher] = LocalLauncher,
        make_digests: Callable[[], ModelDigests] = ModelDigests,
    ) -> None:
        profiles = {profile.version: profile for profile in plan.sampler_profiles}
        self._ledger = ledger
        self._now_ms = now_ms
        self._devices = DeviceWatch(
            Machine([claim_of(pool, worker) for pool in plan.pools for worker in pool.workers]),
            lambda: open_inventory(plan.devices),
            make_asker(),
            ledger,
            min((pool.heartbeat_interval_ms for pool in plan.pools), default=1_000),
        )
        machine = self._devices.machine
        self.pools = {pool.id: Pool(pool, profiles, adapters, machine) for pool in plan.pools}
        early = Seldom(lambda count: ledger.noted("tasks.forgotten-early", count=count), now_ms)
        self._kept = KeptTasks(plan.streams.retain_ms, plan.streams.total_bytes, now_ms, early.happened)
        self._over = Bell()
        self._hurried = False
        self._tenants, self._shares, self._deadlines = Tenants(plan.tenants), Shares(), DeadlineRecord()
        self._sessions = Sessions(plan.sessions, self.pools, now_ms)
        accounts = Accounts(self._tenants, self._sessions, self._shares, self._deadlines)
        self.archive = make_archive(plan.artifacts, ledger)
        self.catalog = None if plan.catalog is None else make_catalog(plan.catalog, ledger, now_ms)
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
        self._digests = make_digests()
        self._supervisor = Supervisor(
            devices=self._devices,
            digests=self._digests,
            launcher=make_launcher(),
            ledger=ledger,
            now_ms=now_ms,
            chance=chance,
            check_file=None if self.catalog is None else self.catalog.check_file,
        )
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
            archive=self.archive,
            now_ms=now_ms,
            chance=chance,
            put_back=self._put_back,
            freed=self._freed,
        )
        self._policies = _open_policies(plan.policy, ledger, now_ms)
        self._intake = Intake(
            pools=self.pools,
            tenants=self._tenants,
            sessions=self._sessions,
            kept=self._kept,
            settlement=self._settlement,
            dispatcher=self._dispatcher,
            alarms=self._alarms,
            ledger=ledger,
            policies=self._policies,
            catalog=self.catalog,
            surroundings=Surroundings(now_ms, chance, new_id, plan.streams.max_bytes),
            closed=self._supervisor.closed,
        )
        self.control = PoolControl(
            pools=self.pools,
            supervisor=self._supervisor,
            settlement=self._settlement,
            ledger=ledger,
            fits_beside=lambda fresh: machine.fits_beside([worker.claim for worker in fresh]),
            freed=self._freed,
            catalog=self.catalog,
        )
        if self.catalog is not None:
            self.catalog.retired = self.control.unload
        self._sheds = ShedWatch(self.pools.values(), ledger, now_ms)
        self._streams = OpenStreams(
            streams_per_key, plan.streams.keepalive_ms, plan.streams.piece_bytes, self._reader_gone
        )
        self.renewal = Renewal(
            plan,
            self.pools,
            adapters,
            supervisor=self._supervisor,
            devices=self._devices,
            control=self.control,
            sheds=self._sheds,
            tenants=self._tenants,
            sessions=self._sessions,
            kept=self._kept,
            streams=self._streams,
            intake=self._intake,
            alarms=self._alarms,
            pump=self._dispatcher.pump,
        )

    async def start(self) -> None:
        """Begin to watch the engines; gives those that answer at once the time to do so."""
        await self._devices.start()
        self._sheds.start()
        self._supervisor.start(self.pools.values())
        if self.catalog is not None:
            for model in self.catalog.retired_models():
                self.control.unload(model, None)
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
            await job.bell.wait(self.renewal.plan.streams.keepalive_ms / 1000)
        self._heard(job)

    def follow(
        self, key: TaskKey, last_event_id: str | None, key_id: str, push: Push | None = None
    ) -> EventStream | None:
        """A reader of the task's events, which has to be closed; None when there is nothing after the named
        event. What comes while it waits is given to `push`, if there is one, as long as that takes it.

        Raises NOT_FOUND, INVALID_PARAMS, EVENTS_GONE and QUOTA_EXCEEDED.
        """
        job = self._kept.get(key)
        start = resume_point(job.log, last_event_id)
        return None if start is None else self._streams.open(job, start, key_id, push)

    def session(self, key: SessionKey) -> SessionState:
        """A session as it is now. Raises NOT_FOUND."""
        return self._sessions.state(key)

    def delete_session(self, session_id: str, submitter: Submitter) -> None:
        """End a session of the one who asks, if there is one; its tasks go on."""
        if self._sessions.delete(SessionKey(submitter.tenant, session_id)):
            self._ledger.session_deleted(session_id, submitter)

    def gauges(self) -> Iterator[GaugeSample]:
        """The gauges as they are now."""
        pools = [*self.pools.values(), *self.renewal.leaving]
        yield from overview.model_states(self.pools.values(), self.catalog)
        yield from overview.gauges(pools)
        now_ms, look = self._now_ms(), self._devices.machine.look
        for pool in pools:
            yield from overview.breakers(pool, self._supervisor.breaker(pool), now_ms)
            yield from overview.devices(pool, look)
        yield from overview.scheduling(self._shares, self._deadlines)

    def pool_health(self, pool_id: str) -> overview.PoolHealth:
        """A pool as it is now. Raises NOT_FOUND."""
        pool = self.control.find(pool_id)
        return overview.pool_health(pool, self._now_ms(), live=self._supervisor.live(pool))

    def replica_sets(self) -> list[overview.ReplicaSet]:
        """What the ready replicas can do."""
        return overview.replica_sets(self.pools.values())

    def renew_tenants(self, tenants: Iterable[Tenant]) -> None:
        """Know these tenants, and what each is due, from now on."""
        self._tenants.renew(tenants)

    def renew_policies(self, plan: PolicyPlan) -> None:
        """Ask the modules of another plan, as soon as they are loaded."""
        # OC-POLICY-4015
        if self._policies is not None:
            self._policies.renew_soon(plan)
        elif plan.modules:
            self._ledger.policies_kept([WITHOUT_POLICIES])

    def keep_policies(self, problems: list[str]) -> None:
        """Go on with the modules that there are, since there is no plan for others."""
        if self._policies is not None:
            self._ledger.policies_kept(problems)

    def hurry(self) -> None:
        """Grant running tasks no more grace while stopping."""
        # OC-CTRL-2072
        self._hurried = True
        self._over.ring()

    async def shutdown(self) -> None:
        """Stop in order: nothing new, nothing that waits, the running ones within their grace, every stream
        to its end. Whoever is being answered still is; afterwards comes `close`.
        """
        # OC-CTRL-2070
        self._intake.closed = True
        self._ledger.noted("server.draining", grace_ms=self.renewal.plan.grace_ms)
        self.control.stop(self.renewal.plan.grace_ms)
        live = list(self._kept.live())
        for job in live:
            if job.state is TaskState.QUEUED:
                self._shut(job)
        await self._all_over(self.renewal.plan.grace_ms)
        for job in live:
            self._shut(job)
        try:
            # Each of these has a bound of its own.
            async with asyncio.timeout(SETTLE_S):
                await self._relay.settle()
                await self._transcripts.settled()
            async with asyncio.timeout(self.renewal.plan.flush_ms / 1000):
                await self._all_read(live)
        except TimeoutError:
            self._ledger.noted("server.streams-cut", streams=self._streams.count)

    async def close(self) -> None:
        """Give up timers, watchers and connections."""
        self._dispatcher.close()
        self._sheds.close()
        self._kept.close()
        self._sessions.close()
        if self._policies is not None:
            await self._policies.close()
        await self.control.close()
        await self.renewal.close()
        await self._supervisor.stop()
        await self._digests.close()
        await self._devices.close()
        await self.archive.close()
        if self.catalog is not None:
            await self.catalog.close()

    async def _all_over(self, limit_ms: float) -> None:
        until_ms = self._now_ms() + limit_ms
        while not self._hurried and any(self._kept.live()) and (left_ms := until_ms - self._now_ms()) > 0:
            await self._over.wait(left_ms / 1000)

    async def _all_read(self, jobs: list[Job]) -> None:
        """Until nobody reads a stream, and a client knows of each of these tasks how it ended."""
        while self._streams.count or not (self._hurried or all(job.heard for job in jobs)):
            await self._over.wait(self.renewal.plan.streams.keepalive_ms / 1000)

    def _put_back(self, job: Job, pause_ms: float) -> None:
        """A task has to run again, which it cannot once the server stops."""
        if self._intake.closed:
            self._shut(job)
        else:
            self._dispatcher.put_back(job, pause_ms)

    def _shut(self, job: Job) -> None:
        message = "The task was ended: the server is shutting down."
        error = self._settlement.error(job, ErrorCode.POOL_UNAVAILABLE, message)
        self._settlement.finish(job, Failed(error, "shutdown"))

    def _reader_gone(self, job: Job, complete: bool) -> None:
        abandoned = not complete and not job.readers and job.pool.plan.cancel_on_disconnect
        if complete or (abandoned and self._settlement.finish(job, Canceled("disconnect"))):
            self._heard(job)
        self._over.ring()

    def _heard(self, job: Job) -> None:
        job.heard = True
        self._over.ring()

    def _task_told(self, job: Job) -> None:
        self._kept.ended(job)
        self._over.ring()

    def _freed(self, pool: Pool) -> None:
        self._supervisor.slot_freed(pool)
        self._dispatcher.pump(pool)
        self.renewal.freed(pool)

    def _run(self, job: Job, lease: Lease) -> None:
        self._relay.run(job, lease)


def _open_policies(plan: PolicyPlan, ledger: Ledger, now_ms: Callable[[], float]) -> "Policies | None":
    if not plan.modules:
        return None
    from orchestratord.service.policies import (  # noqa: PLC0415 - what runs WebAssembly is large
        Policies,
    )

    return Policies(plan, ledger, now_ms)


def _without_text(job: Job) -> None:
    # Its events are bounded and its prompt is not: what is kept for minutes has to be small.
    job.spec = job.spec.without_text()
    job.said.clear()
