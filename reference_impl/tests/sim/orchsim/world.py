"""One world from its beginning to its end: the service, its engines and its clients on one loop."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from orchestratord.adapters import AdapterPlan, EngineAdapter
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.quotas import Tenant
from orchestratord.core.watchdog import WatchdogLimits
from orchestratord.logs import Log
from orchestratord.metrics import Metrics
from orchestratord.service import (
    ArtifactsPlan,
    Ledger,
    Orchestrator,
    PoolPlan,
    QueuePlan,
    ServicePlan,
    SessionsPlan,
    StreamsPlan,
    WorkerPlan,
)
from orchestratord.service.archive import Archive
from orchestratord.service.threads import Threads
from orchestratord.stores import MemoryStore
from orchsim.account import Account
from orchsim.backlog import Backlog
from orchsim.crowd import Crowd
from orchsim.engine import SimAdapter, SimEngine
from orchsim.fleet import Fleet
from orchsim.garbage import uncollected
from orchsim.laws import Laws
from orchsim.loop import SimLoop
from orchsim.machine import ROOMY_BYTES, TIGHT_BYTES, SimMachine
from orchsim.operator import Operator
from orchsim.outcome import Outcome
from orchsim.process_engine import ProcessEngine
from orchsim.scenario import MODEL, WALL_MS, Scenario
from orchsim.upheaval import BREAKER, CALM, HEARTBEAT_MS, PAUSES, PRELOAD_MS, SILENT_MS, STALE_MS, STOP_MS
from orchsim.witness import Violation

DAWN = datetime(2000, 1, 1, tzinfo=UTC)
TRACES_BYTES = 4 * 1024 * 1024


class AtOnce(Archive):
    """Keeping takes no time here, however much it is."""

    def at_once(self, size: int) -> bool:
        return True


class World:
    """A scenario brought to life. `prepare` may change the service before anything happens: plant a bug."""

    def __init__(self, scenario: Scenario, prepare: Callable[["World"], None] | None = None) -> None:
        self.scenario = scenario
        self.loop = SimLoop()
        self.laws = Laws(scenario, [f"p{number}" for number in range(scenario.pools)])
        self.laws.now = self.loop.now_ms
        self.engines: dict[str, SimEngine] = {}
        self._prepare = prepare
        random, upheaval = Random(scenario.seed * 2 + 3), scenario.upheaval
        self.fleet = Fleet(upheaval, self.loop, self.laws.pools, random)
        devices = scenario.pools * scenario.workers if upheaval.managed else 0
        self.machine = SimMachine(devices, upheaval, self.loop, random)
        self.machine.struck, self.fleet.lost = self.fleet.struck, self.machine.lost_ms

    def run(self) -> Outcome:
        """Until everyone has gone and the service has stopped. Raises Violation, for a crash as well."""
        try:
            outcome: Outcome = self.loop.run(self._main())
        except Violation:
            raise
        except Exception as crash:
            raise self.laws.crashed(crash) from crash
        return outcome

    async def _main(self) -> Outcome:
        self.service, self.metrics = self._service()
        if self._prepare is not None:
            self._prepare(self)
        await self.service.start()
        self.laws.watch(self.service, self.engines)
        self.loop.after_each = self.laws.after_event
        crowds = Backlog if self.scenario.backlog else Crowd
        self.crowd = crowd = crowds(self.scenario, self.service, self.laws, self.loop)
        self.operator = Operator(self.scenario, self.service, self.laws, self.engines)
        self.operator.come(self.loop)
        begun = self.loop.time()
        coming = self.loop.create_task(crowd.come())
        if self.scenario.stop_early:
            span_ms = self.scenario.gap_ms * self.scenario.tasks * self.scenario.stop_early
            self.loop.call_later(span_ms / 1000, self._stop_crowd)
            while not coming.done() and not crowd.stopped:
                await _pause(self.loop, self.scenario.service_ms)
        else:
            await coming
        self.laws.pools.closing = True
        await self.service.shutdown()
        self.operator.rest()
        await self.service.close()
        await coming
        await self.operator.leave()
        self.laws.after_event()
        self.laws.endings = endings = self.laws.counted_endings()
        self.laws.check_all_over(self.metrics.exposition("")[0].decode())
        return Outcome(
            self.scenario,
            self.laws.lives,
            self.loop.count,
            crowd.returned,
            crowd.returned_admitted,
            self.loop.time() - begun,
            self.laws.order,
            self.laws.sharing,
            endings,
            dict(self.laws.refusals),
        )

    def _stop_crowd(self) -> None:
        self.crowd.stopped = True

    def scenario_pools(self) -> tuple[PoolPlan, ...]:
        """The pools as the service is told of them."""
        plan = self.scenario
        calm = plan.upheaval == CALM
        return tuple(
            PoolPlan(
                id=f"p{number}",
                engine="llamacpp",
                adapter="simulated",
                workers=tuple(self._worker(number, worker) for worker in range(plan.workers)),
                model=MODEL,
                max_tokens=1_000_000,
                queue=QueuePlan(plan.capacity, plan.policy, plan.age_ms, plan.order),
                watchdog=WatchdogLimits(WALL_MS, 120_000, 10_000),
                heartbeat_interval_ms=5_000 if calm else HEARTBEAT_MS,
                heartbeat_stale_ms=15_000 if calm else STALE_MS,
                silent_ms=SILENT_MS,
                restart=PAUSES,
                breaker=BREAKER,
                preemption=PreemptionRules(plan.preemption),
                interactive_first_token_ms=plan.objective_ms,
                features={"interruptible_decode": True},
            )
            for number in range(plan.pools)
        )

    def _worker(self, pool: int, worker: int) -> WorkerPlan:
        """One worker as the service is told of it."""
        name, upheaval = f"p{pool}/w{worker}", self.scenario.upheaval
        if not upheaval.managed:
            return WorkerPlan(f"w{worker}", name)
        return WorkerPlan(
            f"w{worker}",
            command=("engine", name, "{port}", "{model}"),
            devices=(pool * self.scenario.workers + worker,),
            memory_bytes=TIGHT_BYTES if upheaval.tight else ROOMY_BYTES,
            preload_ms=PRELOAD_MS,
            stop_ms=STOP_MS,
        )

    def _service(self) -> tuple[Orchestrator, Metrics]:
        plan, laws, loop = self.scenario, self.laws, self.loop
        random = Random(plan.seed * 2)

        def adapter(given: AdapterPlan) -> EngineAdapter:
            kind = ProcessEngine if plan.upheaval.managed else SimEngine
            if given.url not in self.engines:
                engine = self.engines[given.url] = kind(given.url, plan, loop, laws, random)
                self.fleet.engines[urlsplit(given.url).port or 0] = engine
            engine = self.engines[given.url]
            return engine if plan.upheaval.managed else SimAdapter(engine)

        log = Log(self._told, "error", "sim", lambda: DAWN)
        holder: Any = SimpleNamespace()
        metrics = Metrics(
            ("core", "scheduling", "pools"),
            lambda: list(holder.service.gauges()),
            lambda _label, _budget: None,
        )
        ids = iter(range(10**12))
        holder.service = Orchestrator(
            ServicePlan(
                self.scenario_pools(),
                streams=StreamsPlan(retain_ms=3_600_000),
                tenants=tuple(Tenant(one.name, one.weight, one.max_concurrent) for one in plan.tenants),
                sessions=SessionsPlan(plan.sessions.ttl_ms, plan.sessions.budgets),
            ),
            Account(metrics, log, laws),
            64,
            now_ms=loop.now_ms,
            chance=random.random,
            new_id=lambda: f"job-{next(ids)}",
            adapters={"simulated": adapter},
            make_archive=self._archive,
            open_inventory=lambda _listed: self.machine,
            make_asker=lambda: self.machine,
            make_launcher=lambda: self.fleet,
        )
        return holder.service, metrics

    def _archive(self, plan: ArtifactsPlan, ledger: Ledger) -> Archive:
        """Artifacts in memory, in the time of this world."""
        store = MemoryStore(TRACES_BYTES)
        threads = Threads("sim")  # nothing is given to them
        return AtOnce(store, ledger, threads, wall_ms=self.loop.now_ms, trace_retain_ms=plan.trace_retain_ms)

    def _told(self, line: bytes) -> None:
        self.laws.defects.append(str(msgspec.json.decode(line)))


async def _pause(loop: SimLoop, ms: float) -> None:
    future = loop.create_future()
    loop.call_later(ms / 1000, future.set_result, None)
    await future


def simulate(scenario: Scenario, prepare: Callable[[World], None] | None = None) -> Outcome:
    """Run one world. Raises Violation when a law is broken in it."""
    with uncollected():
        return World(scenario, prepare).run()
