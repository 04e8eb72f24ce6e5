"""Operators: they drain pools and reload them, sometimes in each other's way, and judge the answers."""

import asyncio
from random import Random
from typing import TYPE_CHECKING

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.pools.states import WorkerState
from orchestratord.service import Orchestrator
from orchestratord.service.pool import Pool
from orchqueue_contract.errors import ErrorCode
from orchsim.engine import SimEngine
from orchsim.laws import Laws
from orchsim.scenario import MODEL, Scenario
from orchsim.upheaval import MISSING_MODEL, OTHER_MODEL

if TYPE_CHECKING:
    from orchsim.loop import SimLoop

GOING = frozenset({WorkerState.DRAINING, WorkerState.STOPPED})
DRAINED_S = 8.0
DEADLINE_MS = 5_000.0


class Operator:
    """Works on all pools of one world until he leaves."""

    def __init__(
        self, scenario: Scenario, service: Orchestrator, laws: Laws, engines: dict[str, SimEngine]
    ) -> None:
        self.plan = scenario.upheaval
        self.service = service
        self.laws = laws
        self.engines = engines
        self.random = Random(scenario.seed * 2 + 5)
        self._tasks: list[asyncio.Task[None]] = []
        self._asking: dict[asyncio.Task[None], str] = {}
        self._leaves = False

    def come(self, loop: "SimLoop") -> None:
        """Begin to work."""
        for pool in self.service.pools.values():
            if self.plan.drain_every_s:
                self._tasks.append(loop.create_task(self._drain_now_and_then(pool)))
            if self.plan.reload_every_s:
                self._tasks.append(loop.create_task(self._reload_now_and_then(pool)))

    def rest(self) -> None:
        """Begin nothing any more; what was begun is waited for."""
        for task in self._tasks:
            if task not in self._asking:
                task.cancel()

    async def leave(self) -> None:
        """Go, and wait for no answer any more."""
        self._leaves = True
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end
        self._tasks.clear()

    async def _drain_now_and_then(self, pool: Pool) -> None:
        while True:
            await asyncio.sleep(self.random.expovariate(1 / self.plan.drain_every_s))
            self._drain(pool)
            await asyncio.sleep(self.random.expovariate(1 / DRAINED_S))
            while self.laws.pools.pools[pool.id].drained:
                await self._reload(pool)
                await asyncio.sleep(self.random.expovariate(1.0))

    async def _reload_now_and_then(self, pool: Pool) -> None:
        while True:
            await asyncio.sleep(self.random.expovariate(1 / self.plan.reload_every_s))
            await self._reload(pool)

    def _drain(self, pool: Pool) -> None:
        record, deadline_ms = self.laws.pools.pools[pool.id], self.random.choice([0.0, 1.0]) * DEADLINE_MS
        busy = record.drained or record.reloading or self.laws.pools.closing  # which drains every pool
        try:
            self.service.control.drain(pool.id, deadline_ms, "sim")
        except OrchestratorError as error:
            self._check_refusal("drain", pool, error, busy=busy)
            return
        if busy:
            self.laws.broken("operations", f"a drain of {pool.id} was taken while another operation runs")
        self.laws.pools.note("drained", f"{pool.id} within {deadline_ms:.0f} ms")
        record.drained, record.deadline_ms = True, self.laws.now() + deadline_ms
        self.laws.pools.drains += 1

    async def _reload(self, pool: Pool) -> None:
        record, before = self.laws.pools.pools[pool.id], pool.plan.model
        busy, model = record.reloading, self._model(pool)
        self.laws.pools.note("reload", f"{pool.id} to {model}")
        record.reloading = True
        me = asyncio.current_task()
        assert me is not None
        self._asking[me] = pool.id
        try:
            await self.service.control.reload(pool.id, model, "sim")
        except OrchestratorError as error:
            if error.code is ErrorCode.RELOAD_ROLLED_BACK and not busy:
                self._check_kept(pool, before)
            else:
                self._check_refusal("reload", pool, error, busy=busy)
        except asyncio.CancelledError:
            if not self._leaves:
                self.laws.broken("operations", f"a reload of {pool.id} was never answered")
            raise
        else:
            if busy:
                self.laws.broken("operations", f"a reload of {pool.id} was taken while another runs")
            self._check_switched(pool, model)
            record.drained, record.deadline_ms = False, None
        finally:
            record.reloading = busy
            del self._asking[me]
            if self.laws.pools.closing:
                me.cancel()

    def _model(self, pool: Pool) -> str:
        """What he asks for. At an engine that somebody else runs, it is brought there before, or is not."""
        bad = self.random.random() < self.plan.reload_fails
        if self.plan.managed and bad:
            return MISSING_MODEL
        model = MODEL if pool.plan.model != MODEL or self.random.random() < 0.8 else OTHER_MODEL
        if not self.plan.managed and not bad:
            for worker in pool.workers.values():
                self.engines[worker.plan.url].model = model
        return model

    def _check_refusal(self, what: str, pool: Pool, error: OrchestratorError, *, busy: bool) -> None:
        self.laws.pools.note("refused", f"{what} of {pool.id}: {error.code} {error.message}")
        if error.code is not ErrorCode.OPERATION_IN_PROGRESS or not busy:
            self.laws.broken("operations", f"a {what} of {pool.id} was answered {error.code} {error.message}")

    def _check_switched(self, pool: Pool, model: str) -> None:
        self.laws.pools.note("reloaded", f"{pool.id} to {model}")
        if pool.plan.model != model or pool.draining or pool.held:
            self.laws.broken("operations", f"{pool.id} was reloaded to {model} and has {pool.plan.model}")

    def _check_kept(self, pool: Pool, before: str | None) -> None:
        self.laws.pools.note("rolled back", pool.id)
        if pool.plan.model != before or (pool.held and not self.laws.pools.closing):
            self.laws.broken("operations", f"{pool.id} was rolled back from {before} to {pool.plan.model}")
        drained = self.laws.pools.pools[pool.id].drained
        if pool.draining is not drained and not self.laws.pools.closing:
            self.laws.broken("operations", f"{pool.id} was rolled back out of its drain")
        if drained and not all(worker.health.state in GOING for worker in pool.workers.values()):
            self.laws.broken(
                "operations", f"{pool.id} is drained, and a failed reload has brought workers back"
            )
