"""Taking a task in: submitted again, sized by the engine's tokenizer where that decides, judged, and placed
in a queue.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from orchestratord.core import admission, guards
from orchestratord.core.catalog.models import Model
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.event_log import EventLog
from orchestratord.core.guards import Size
from orchestratord.core.pool_view import Closed, PoolView
from orchestratord.core.sessions import Session, SessionKey
from orchestratord.core.tasks import Priority, TaskKey, TaskSpec
from orchestratord.service.alarms import Alarms
from orchestratord.service.catalog import Catalog
from orchestratord.service.dispatch import Dispatcher
from orchestratord.service.job import Job, Submitter
from orchestratord.service.kept import KeptTasks
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.sessions import Sessions
from orchestratord.service.settlement import Failed, Settlement
from orchestratord.service.tenants import Tenants
from orchqueue_contract.errors import ErrorCode

if TYPE_CHECKING:
    from orchestratord.service.policies import Policies

TOKENIZER_S = 0.05


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What intake needs of the world: a clock in milliseconds, chance from 0 to 1, fresh ids, and the bound
    of an event log to begin with.
    """

    now_ms: Callable[[], float]
    chance: Callable[[], float]
    new_id: Callable[[], str]
    log_bytes: int


class Intake:
    """Accepts tasks or says why not. `closed` tells why no worker of a pool may be started; events of a task
    occupy `log_bytes` at the most.
    """

    def __init__(
        self,
        *,
        pools: dict[str, Pool],
        tenants: Tenants,
        sessions: Sessions,
        kept: KeptTasks,
        settlement: Settlement,
        dispatcher: Dispatcher,
        alarms: Alarms,
        ledger: Ledger,
        policies: "Policies | None",
        catalog: Catalog | None,
        surroundings: Surroundings,
        closed: Callable[[Pool], Closed | None],
    ) -> None:
        self._pools = pools
        self._tenants = tenants
        self._sessions = sessions
        self._kept = kept
        self._settlement = settlement
        self._dispatcher = dispatcher
        self._alarms = alarms
        self._ledger = ledger
        self._policies = policies
        self._catalog = catalog
        self._world = surroundings
        self._closed = closed
        self._being_judged: dict[TaskKey, asyncio.Event] = {}
        self.log_bytes = surroundings.log_bytes
        self.closed = False

    async def submit(self, spec: TaskSpec, submitter: Submitter) -> Job:
        """The accepted task, or the one that was accepted under this id before. Raises OrchestratorError.

        Only sizing and policies await, and they come before the first look at any pool's state.
        """
        key = TaskKey(submitter.tenant, spec.task_id)
        while True:
            known = self._known(key, spec)
            if known is not None:
                return known
            other = self._being_judged.get(key)
            if other is None:
                break
            await other.wait()
        size = guards.estimated_size(spec)
        asks = self._asks_tokenizer(spec, size)
        if self.closed or not (asks or self._policies):
            return self._admit(key, spec, spec.priority, submitter, size)
        judged = self._being_judged[key] = asyncio.Event()
        try:
            if asks:
                size = await self._measured(key.tenant, spec, size)
            asked = spec.priority
            if self._policies:
                spec = await self._policies.judge(spec, size, submitter, self._pools.values())
            return self._admit(key, spec, asked, submitter, size)
        finally:
            del self._being_judged[key]
            judged.set()

    def _known(self, key: TaskKey, spec: TaskSpec) -> Job | None:
        # OC-CTRL-2013
        known = self._kept.find(key)
        if known is not None and known.asked_for != (spec.without_text() if known.ended else spec):
            raise OrchestratorError(
                ErrorCode.TASK_CONFLICT,
                "This task_id was accepted with another body.",
                engine=known.pool.engine,
                pool_id=known.pool.id,
            )
        return known

    def _asks_tokenizer(self, spec: TaskSpec, size: Size) -> bool:
        for pool in self._pools.values():
            if pool.engine == spec.engine and pool.ready and guards.near_limit(spec, size, pool.limits()):
                return True
        return False

    def _candidates(self, tenant: str, spec: TaskSpec) -> Iterable[Pool]:
        now_ms = self._world.now_ms()
        views = [pool.view(now_ms) for pool in self._pools.values()]
        session = self._sessions.look(SessionKey(tenant, spec.session_id), now_ms)
        _, named = self._model(spec, session, views, now_ms)
        return [self._pools[view.id] for view in admission.candidates(named, views)]

    async def _measured(self, tenant: str, spec: TaskSpec, estimate: Size) -> Size:
        """The size by the engine's own count where that comes in time, else the estimate."""
        text = spec.sequence(guards.longest_sequence(spec))
        for pool in self._candidates(tenant, spec):
            for worker in pool.workers.values():
                if not worker.health.ready:
                    continue
                try:
                    async with asyncio.timeout(TOKENIZER_S):
                        count = await worker.adapter.count_tokens(text)
                except TimeoutError:
                    return estimate
                return estimate if count is None else guards.measured_size(estimate, count)
        return estimate

    def _admit(self, key: TaskKey, spec: TaskSpec, asked: Priority, submitter: Submitter, size: Size) -> Job:
        """From the first look at a pool to the place in its queue nothing else runs."""
        now_ms = self._world.now_ms()
        views = [
            pool.view(now_ms, None if pool.ready else self._closed(pool)) for pool in self._pools.values()
        ]
        tenant, held = self._tenants.due(key.tenant), self._tenants.held(key.tenant)
        if self.closed:
            chosen = admission.choose_pool(spec, size, views, now_ms, tenant)
            raise self._shutting_down(self._pools[chosen.id])
        job_id = self._world.new_id()
        session = self._sessions.look(SessionKey(key.tenant, spec.session_id), now_ms)
        model, pools_spec = self._model(spec, session, views, now_ms)
        admitted = admission.admit(
            job_id,
            pools_spec,
            size,
            tenant,
            held,
            views,
            account=session.account,
            now_ms=now_ms,
            chance=self._world.chance(),
        )
        held.take(admitted.kv_bytes)
        self._sessions.accepted(session, admitted.need, now_ms)
        if model is not None:
            session.models |= {model.id}
        pool = self._pools[admitted.pool_id]
        job = Job(
            key=key,
            spec=spec,
            asked_priority=asked,
            job_id=job_id,
            submitter=submitter,
            pool=pool,
            accepted_ms=now_ms,
            forecast=admitted.forecast,
            predicted_from_measure=pool.times[spec.priority].measured,
            tokens_in=size.tokens_in,
            estimate=admitted.estimate,
            session=session,
            hold=admitted.need,
            log=EventLog(self.log_bytes),
            weight=admitted.weight,
            kv_bytes=admitted.kv_bytes,
            model_ref=pools_spec.model_ref,
            model=model,
        )
        pool.waiting[job_id] = job
        self._kept.add(job)
        self._ledger.admitted(job)
        if admitted.evicted is not None:
            self._evict(pool, admitted.evicted)
        # OC-CTRL-2016: a task that is dispatched now waits for nothing, however little it would have waited.
        self._dispatcher.pump(pool)
        self._alarms.check(job)
        return job

    def _model(
        self, spec: TaskSpec, session: Session, views: list[PoolView], now_ms: float
    ) -> tuple[Model | None, TaskSpec]:
        """The catalog's model for a task, and the task in the words of the pools. Raises OrchestratorError
        for one that it may not have.
        """
        if self._catalog is None:
            return None, spec
        route = self._catalog.route(spec, session, now_ms)
        if route is None:
            return None, spec
        named = structs.replace(spec, model_ref=admission.name_for_pools(spec, route.names, views))
        if route.refusal is not None:
            admission.candidates(named, views)  # that the engine is known, too, is judged before
            raise route.refusal
        return route.model, named

    def _evict(self, pool: Pool, job_id: str) -> None:
        """Tell a task that gave up its place."""
        # OC-CORE-1002
        policy = pool.plan.queue.full_policy
        job = pool.waiting[job_id]
        error = self._settlement.error(
            job,
            admission.REFUSAL_CODES[policy],
            f"The queue of pool {pool.id} was full, and the task gave up its place.",
            admission.REFUSAL_LABELS[policy],
        )
        self._settlement.finish(job, Failed(error, given_up=True))

    def _shutting_down(self, pool: Pool) -> OrchestratorError:
        # OC-CTRL-2070
        return OrchestratorError(
            ErrorCode.POOL_UNAVAILABLE,
            "The server is shutting down.",
            engine=pool.engine,
            pool_id=pool.id,
            retry_after_ms=max(admission.LEAST_ADVICE_MS, round(pool.plan.heartbeat_interval_ms)),
        )
