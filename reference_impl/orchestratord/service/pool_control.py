"""What an operator does to a pool while it runs: empty it, and give it another model.

Tending workers is the supervisor's, ending tasks the settlement's; the order of things is decided here.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from orchestratord.core.admission import LEAST_ADVICE_MS
from orchestratord.core.catalog.models import Model
from orchestratord.core.errors import Detail, OrchestratorError
from orchestratord.core.pools.exits import FailureCause, Verdict
from orchestratord.core.task_states import TaskState
from orchestratord.plans import WorkerPlan
from orchestratord.service.catalog import Catalog
from orchestratord.service.ledger import DrainReason, Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.settlement import Failed, Settlement
from orchestratord.service.supervisor import Supervisor
from orchestratord.service.worker import Worker
from orchqueue_contract.errors import ErrorCode

FitsBeside = Callable[[Iterable[Worker]], bool]
"""Whether the devices have room for workers beside those that they shall replace."""

STOPS = "the server stops"
RETIRED = "a model was retired"


class _ReloadFailed(Exception):  # noqa: N818 - it is news, and never leaves this module
    """The new workers cannot take over."""


class PoolControl:
    """Drains and reloads pools. Every method may raise NOT_FOUND and OPERATION_IN_PROGRESS."""

    def __init__(
        self,
        *,
        pools: Mapping[str, Pool],
        supervisor: Supervisor,
        settlement: Settlement,
        ledger: Ledger,
        fits_beside: FitsBeside,
        freed: Callable[[Pool], None],
        catalog: Catalog | None = None,
    ) -> None:
        self._pools = pools
        self._supervisor = supervisor
        self._settlement = settlement
        self._ledger = ledger
        self._fits_beside = fits_beside
        self._freed = freed
        self._catalog = catalog
        self._drains: dict[str, asyncio.TimerHandle] = {}
        self._reloads: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    def find(self, pool_id: str) -> Pool:
        """A pool by its id. Raises NOT_FOUND."""
        try:
            return self._pools[pool_id]
        except KeyError:
            raise OrchestratorError(ErrorCode.NOT_FOUND, "There is no such pool.") from None

    def drain(self, pool_id: str, deadline_ms: float, correlation_id: str) -> None:
        """Give no more leases, and end what still runs or waits at the deadline."""
        # OC-CTRL-2002, OC-POOL-3006
        pool = self.find(pool_id)
        if pool_id in self._reloads:
            raise self._in_progress(pool, "A reload runs in the pool.")
        if pool.draining:
            raise self._in_progress(pool, "The pool is draining.")
        self._drain(pool, deadline_ms, correlation_id)

    def unload(self, model: Model, correlation_id: str | None) -> None:
        """Have no worker of the pools that are configured with a model, once what runs on them has ended. A
        reload gives such a pool another model.
        """
        # OC-CAT-4212
        for pool in self._pools.values():
            if pool.plan.model in (model.id, model.registration.digest) and not pool.draining:
                reload = self._reloads.get(pool.id)
                if reload is not None:
                    reload.cancel()
                self._drain(pool, pool.plan.watchdog.wall_ms, correlation_id)

    def _drain(self, pool: Pool, deadline_ms: float, correlation_id: str | None) -> None:
        self._empty(pool, "api", correlation_id, deadline_ms)
        self._drains[pool.id] = asyncio.get_running_loop().call_later(
            deadline_ms / 1000, self._drain_is_over, pool
        )

    async def reload(self, pool_id: str, model_ref: str, correlation_id: str) -> None:
        """Serve another model, or go on as before. Raises RELOAD_ROLLED_BACK with the cause, which may be
        that the server stops, and INVALID_PARAMS for a model that the pool has no file of.

        It goes on when the caller is cancelled.
        """
        # OC-CTRL-2003
        pool = self.find(pool_id)
        if pool_id in self._reloads:
            raise self._in_progress(pool, "Another reload runs in the pool.")
        if self._catalog is not None:
            self._catalog.check_load(model_ref, pool.engine, correlation_id)
        plans = [_for_model(pool, worker.plan, model_ref) for worker in pool.workers.values()]
        reload = asyncio.get_running_loop().create_task(self._reload(pool, plans, model_ref, correlation_id))
        self._reloads[pool_id] = reload
        reload.add_done_callback(lambda _: self._reloads.pop(pool_id, None))
        if self._stopping:
            reload.cancel()
        try:
            await asyncio.shield(reload)
        except asyncio.CancelledError:
            if not reload.cancelled():
                raise
            raise _rolled_back(pool, self._why_given_up) from None

    @property
    def _why_given_up(self) -> str:
        return STOPS if self._stopping else RETIRED

    def reloading(self, pool_id: str) -> bool:
        """Whether a reload runs in a pool."""
        return pool_id in self._reloads

    def forget(self, pool: Pool) -> None:
        """A pool is gone: its drain, if there is one, has nothing left to end."""
        timer = self._drains.pop(pool.id, None)
        if timer is not None:
            timer.cancel()

    def stop(self, grace_ms: float) -> None:
        """The server stops: drain every pool, and give reloads up. Who ends what runs is the caller."""
        # OC-POOL-3031
        self._give_reloads_up()
        for pool in self._pools.values():
            if not pool.draining:
                self._empty(pool, "shutdown", None, grace_ms)

    async def close(self) -> None:
        """Give up what runs."""
        for timer in self._drains.values():
            timer.cancel()
        self._give_reloads_up()
        await asyncio.gather(*self._reloads.values(), return_exceptions=True)

    def _give_reloads_up(self) -> None:
        """Those that run and those that may still be asked for."""
        # OC-POOL-3008
        self._stopping = True
        for reload in self._reloads.values():
            reload.cancel()

    def _empty(self, pool: Pool, who: DrainReason, correlation_id: str | None, deadline_ms: float) -> None:
        """From now on the pool gives no lease."""
        pool.draining = True
        self._ledger.drained(pool, who, correlation_id, deadline_ms)
        for worker in pool.workers.values():
            self._supervisor.drain(worker)

    def _drain_is_over(self, pool: Pool) -> None:
        """The deadline of a drain has come."""
        del self._drains[pool.id]
        for job in pool.live_jobs():
            queued = job.state is TaskState.QUEUED
            code = ErrorCode.POOL_UNAVAILABLE if queued else ErrorCode.WORKER_RESET
            error = self._settlement.error(job, code, "The task was ended: its pool was drained.")
            self._settlement.finish(job, Failed(error, "drain"))
        for worker in pool.workers.values():
            self._supervisor.drain(worker)

    async def _reload(self, pool: Pool, plans: list[WorkerPlan], model_ref: str, correlation_id: str) -> None:
        # OC-POOL-3008
        before = list(pool.workers.values())
        fresh = [pool.successor(old, plan, model_ref) for old, plan in zip(before, plans, strict=True)]
        try:
            cause = await self._take_over(pool, fresh, before, model_ref)
        except asyncio.CancelledError:
            await self._give_up(fresh)
            self._ledger.reloaded(pool, model_ref, correlation_id, self._why_given_up)
            raise
        self._ledger.reloaded(pool, model_ref, correlation_id, cause)
        if cause is not None:
            raise _rolled_back(pool, cause)

    async def _take_over(
        self, pool: Pool, fresh: list[Worker], before: list[Worker], model_ref: str
    ) -> str | None:
        """Have the new workers take over, or all be as before; answers why they could not."""
        beside = all(not worker.plan.managed for worker in fresh) or self._fits_beside(fresh)
        try:
            if not beside:
                await self._make_room(pool, before)
            await self._prove(pool, fresh, model_ref)
        except _ReloadFailed as failed:
            await self._roll_back(pool, fresh, before, beside=beside)
            return str(failed)
        self._switch(pool, fresh, model_ref)
        return None

    async def _prove(self, pool: Pool, fresh: list[Worker], model_ref: str) -> None:
        """Until every new worker is ready and serves the model."""
        for worker in fresh:
            self._supervisor.tend(pool, worker)
        for worker in fresh:
            await self._supervisor.settled(worker)
            _check_proven(worker, model_ref)
        for worker in fresh:  # one that was ready may have failed while another was waited for
            _check_proven(worker, model_ref)

    async def _make_room(self, pool: Pool, before: list[Worker]) -> None:
        """End the old workers once nothing runs on them: the new ones have no room beside them."""
        pool.held = True
        for worker in before:
            self._supervisor.drain(worker)
        for worker in before:
            await self._supervisor.ended(worker)

    def _switch(self, pool: Pool, fresh: list[Worker], model_ref: str) -> None:
        """From one moment to the next the pool is its new workers; what runs on the old ones runs on."""
        # ORCH-3031
        before = list(pool.workers.values())
        pool.replace_workers(fresh, model_ref)
        timer = self._drains.pop(pool.id, None)
        if timer is not None:
            timer.cancel()
        pool.draining = pool.held = False
        for worker in before:
            self._supervisor.drain(worker)
        for job in list(pool.waiting.values()):
            if not pool.serves(job):
                self._settlement.strand(job)
        self._count_restarts(pool, fresh)
        self._freed(pool)

    async def _roll_back(
        self, pool: Pool, fresh: list[Worker], before: list[Worker], *, beside: bool
    ) -> None:
        await self._give_up(fresh)
        if beside:
            return
        if not self._stays_drained(pool):
            await self._restore(pool, before)
        pool.held = False
        self._freed(pool)

    @staticmethod
    def _stays_drained(pool: Pool) -> bool:
        """Whether nothing is to serve in it, as before a reload that failed."""
        # OC-POOL-3044
        return pool.draining

    async def _restore(self, pool: Pool, before: list[Worker]) -> None:
        """Start the old workers again."""
        again = [pool.successor(old, old.plan, pool.plan.model) for old in before]
        pool.replace_workers(again, pool.plan.model)
        for worker in again:
            self._supervisor.tend(pool, worker)
        self._count_restarts(pool, again)
        for worker in again:
            await self._supervisor.settled(worker)

    def _count_restarts(self, pool: Pool, workers: Iterable[Worker]) -> None:
        """These run in the place of others, because of a reload."""
        # OC-POOL-3030
        for worker in workers:
            if worker.plan.managed:
                self._ledger.restarted(pool, worker, Verdict(FailureCause.RELOAD, None, "a reload"))

    async def _give_up(self, workers: list[Worker]) -> None:
        for worker in workers:
            await self._supervisor.end(worker)

    def _in_progress(self, pool: Pool, message: str) -> OrchestratorError:
        return OrchestratorError(
            ErrorCode.OPERATION_IN_PROGRESS,
            message,
            engine=pool.engine,
            pool_id=pool.id,
            retry_after_ms=max(LEAST_ADVICE_MS, round(pool.plan.heartbeat_interval_ms)),
        )


def _check_proven(worker: Worker, model_ref: str) -> None:
    """Raises _ReloadFailed unless the worker is ready and serves the model."""
    if not worker.health.ready:
        raise _ReloadFailed(f"worker {worker.id}: {worker.health.last_error}")
    told = worker.health.facts.model if worker.health.facts else None
    if not worker.plan.managed and told != model_ref:
        raise _ReloadFailed(f"worker {worker.id} serves {told or 'a model that it does not name'}")


def _rolled_back(pool: Pool, cause: str) -> OrchestratorError:
    goes_on = "stays drained" if pool.draining else "serves on"
    message = f"The pool {goes_on} as before: {cause}."
    return OrchestratorError(ErrorCode.RELOAD_ROLLED_BACK, message, engine=pool.engine, pool_id=pool.id)


def _for_model(pool: Pool, plan: WorkerPlan, model_ref: str) -> WorkerPlan:
    """How a worker is run for another model. Raises INVALID_PARAMS when nothing says where its file is."""
    if not plan.managed:
        return plan
    path = pool.plan.model_paths.get(model_ref)
    if path is None and plan.needs_model_path:
        detail = Detail("The pool has no file of this model.", pointer="/new_model_ref")
        message = f"Pool {pool.id} cannot load this model."
        raise OrchestratorError(
            ErrorCode.INVALID_PARAMS, message, engine=pool.engine, pool_id=pool.id, details=(detail,)
        )
    return replace(plan, model_path=path)
