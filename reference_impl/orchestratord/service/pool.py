"""One pool while it runs: its workers, its queue, what it has measured, and who runs on it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from orchestratord.adapters import AdapterFactory
from orchestratord.core._queue import INTERACTIVE, AdmissionQueue, create_queue
from orchestratord.core.advice import Advice
from orchestratord.core.costs import Costs
from orchestratord.core.forecast import Capacity, still_on_time_probability
from orchestratord.core.guards import TokenLimits
from orchestratord.core.objectives import FirstTokens
from orchestratord.core.placement import choose
from orchestratord.core.pool_view import Closed, PoolView
from orchestratord.core.pools.driver_events import DriverEvents
from orchestratord.core.pools.health import WorkerHealth
from orchestratord.core.pools.machine import Machine
from orchestratord.core.pools.objective_breaker import ObjectiveBreaker
from orchestratord.core.pools.states import WorkerState, best
from orchestratord.core.preemption import Allowance
from orchestratord.core.sampling import SamplerProfile
from orchestratord.core.service_times import Served
from orchestratord.core.sessions import Home
from orchestratord.core.tasks import PRIORITIES, Workload
from orchestratord.core.times import Times
from orchestratord.plans import PoolPlan, WorkerPlan
from orchestratord.service.job import Job
from orchestratord.service.worker import Worker


@dataclass(frozen=True, slots=True)
class _Standing:
    """What follows from the health of a pool's workers, which changes less often than it is asked for."""

    stamp: int
    ready: bool
    uniform: bool
    workers: int
    slots: int
    workloads: frozenset[Workload]
    limits: TokenLimits


def _stand(workers: Collection[Worker], plan: PoolPlan, stamp: int) -> _Standing:
    told = [worker.health.facts for worker in workers]
    contexts = [facts.ctx for facts in told if facts is not None and facts.ctx]
    if plan.ctx is not None:
        contexts.append(plan.ctx)
    bounds = [w.adapter.max_tokens for w in workers if w.adapter.max_tokens is not None]
    ready = [worker for worker in workers if worker.health.ready]
    none: frozenset[Workload] = frozenset()
    return _Standing(
        stamp=stamp,
        ready=bool(ready),
        # OC-CORE-1032
        uniform=len({_what_decides(worker) for worker in ready}) < 2,
        workers=len(ready),
        slots=sum(worker.slots for worker in ready),
        workloads=none.union(*(worker.workloads for worker in workers)),
        limits=TokenLimits(min(contexts, default=None), min([plan.max_tokens, *bounds])),
    )


def _what_decides(worker: Worker) -> tuple[object, ...]:
    """What, beside the pool's own plan, decides a worker's tokens."""
    facts = worker.health.facts
    return (worker.model_digest, *((facts.version, facts.ctx, facts.model) if facts else ()))


class Pool:
    """Workers that serve one model, and the tasks that wait for them or run on them.

    One that is configured without a model takes tasks for any, also once a reload has given it one.
    """

    def __init__(
        self,
        plan: PoolPlan,
        profiles: dict[str, SamplerProfile],
        adapters: Mapping[str, AdapterFactory],
        machine: Machine,
    ) -> None:
        self.plan = plan
        self.id = plan.id
        self.engine = plan.engine
        self.takes_any = plan.model is None
        self.profiles = profiles
        self._make_adapter = adapters[plan.adapter]
        self._machine = machine
        self._mask = frozenset(plan.devices) if plan.devices else None
        self.workers = {worker.id: self._worker(plan, worker) for worker in plan.workers}
        self.retiring: set[Worker] = set()
        self.draining = False
        self.held = False
        self.queue: AdmissionQueue = create_queue(
            plan.queue.capacity, plan.queue.full_policy, plan.queue.age_ms, plan.queue.order
        )
        self.first_tokens = {
            "interactive": FirstTokens(plan.interactive_first_token_ms),
            "batch": FirstTokens(plan.batch_first_token_ms),
        }
        self.objective = ObjectiveBreaker(plan.shedding)
        self.sheds = False
        self.driver_events = DriverEvents(plan.heartbeat_stale_ms)
        self.allowance = Allowance(plan.preemption.per_minute)
        self.times = {priority: Times() for priority in PRIORITIES}
        self.advice = Advice()
        self.costs = Costs()
        self.waiting: dict[str, Job] = {}
        self.running: set[Job] = set()
        self.known_version: str | None = None
        self._stood: _Standing | None = None
        self._profile_names = frozenset(profiles)
        self._outages: dict[str, int] = {}

    @property
    def ready(self) -> bool:
        """Whether it can serve: it is not draining, and at least one worker is ready."""
        return not self.draining and self._standing().ready

    @property
    def state(self) -> WorkerState:
        """Where it stands: as the best of its workers."""
        return best([worker.health.state for worker in self.workers.values()])

    @property
    def comes_back(self) -> bool:
        """Whether its workers are the server's own, which starts them again when they fail."""
        return any(worker.plan.managed for worker in self.workers.values())

    def all_workers(self) -> Iterator[Worker]:
        """Those that it consists of, and those that only finish what they have begun."""
        yield from self.workers.values()
        yield from self.retiring

    def live_jobs(self) -> list[Job]:
        """The tasks that wait in it or run on one of its workers."""
        return [*self.waiting.values(), *self.running]

    def successor(self, old: Worker, plan: WorkerPlan, model: str | None) -> Worker:
        """A worker that may take the place of another: under its name, and with none of its KV state."""
        health = WorkerHealth(WorkerState.STOPPED, outages=old.health.outages + 1)
        fresh = self._worker(self._plan_for(model), plan, health)
        fresh.before = None if plan.managed else old
        return fresh

    def serves(self, job: Job) -> bool:
        """Whether it has the model that a task asked for."""
        # OC-POOL-3041
        return self.takes_any or job.model_ref == self.plan.model

    def _worker(self, pool: PoolPlan, plan: WorkerPlan, health: WorkerHealth | None = None) -> Worker:
        return Worker(pool, plan, self._make_adapter, health, self._machine)

    def _plan_for(self, model: str | None) -> PoolPlan:
        """The pool's plan with another model, which then has no other name at the engine."""
        return self.plan if model == self.plan.model else replace(self.plan, model=model, engine_model=None)

    def replace_workers(self, fresh: Iterable[Worker], model: str | None) -> None:
        """Consist of other workers from now on, and serve their model."""
        self.retiring.update(worker for worker in self.workers.values() if worker.leases.taken)
        self.workers = {worker.id: worker for worker in fresh}
        self.plan = self._plan_for(model)
        self._stood = None

    def renew(self, plan: PoolPlan, workers: Iterable[Worker]) -> None:
        """Go by another plan from now on, with these workers; those that wait keep their places."""
        # OC-CONFIG-6009
        kept = {worker.id: worker for worker in workers}
        gone = [worker for worker in self.workers.values() if kept.get(worker.id) is not worker]
        self._outages |= {worker.id: worker.health.outages for worker in gone}
        self.retiring.update(worker for worker in gone if worker.leases.taken)
        self.workers, self.plan = kept, plan
        self.queue.set_bounds(plan.queue.capacity, plan.queue.full_policy, plan.queue.age_ms)
        self.first_tokens["interactive"].limit_ms = plan.interactive_first_token_ms
        self.first_tokens["batch"].limit_ms = plan.batch_first_token_ms
        self.objective.rules = plan.shedding
        self.allowance.per_minute = plan.preemption.per_minute

    def newcomer(self, plan: PoolPlan, worker: WorkerPlan) -> Worker:
        """A worker that comes while the pool runs. What one of its name knew before, it does not."""
        known = self._outages.get(worker.id)
        return self._worker(plan, worker, None if known is None else WorkerHealth(outages=known + 1))

    def know(self, profiles: Mapping[str, SamplerProfile]) -> None:
        """Take tasks with these sampler profiles from now on."""
        self.profiles = dict(profiles)
        self._profile_names = frozenset(profiles)

    @property
    def workloads(self) -> frozenset[Workload]:
        """What at least one of its workers can do."""
        return self._standing().workloads

    @property
    def version(self) -> str | None:
        """The version of the first ready worker's engine, or the last one known."""
        for worker in self.workers.values():
            if worker.health.ready:
                self.known_version = worker.version
                break
        return self.known_version

    @property
    def slots(self) -> int:
        """The slots of all ready workers."""
        return self._standing().slots

    @property
    def active_leases(self) -> int:
        """How many tasks hold a slot."""
        return sum(worker.leases.active for worker in self.all_workers())

    @property
    def cooling_slots(self) -> int:
        """How many slots have no task any more and are not free yet."""
        return sum(worker.leases.taken for worker in self.all_workers()) - self.active_leases

    def misses_objective(self, now_ms: float) -> bool:
        """Whether interactive tasks get their first token too late, those that wait for it included."""
        # ORCH-3040
        tokens = self.first_tokens["interactive"]
        if tokens.breached(now_ms):  # those that wait could only be further ones that are late
            return True
        queued = self.waiting.values() if self.queue.length(INTERACTIVE) else ()
        waiting = (
            now_ms - job.accepted_ms
            for job in (*queued, *self.running)
            if job.spec.priority == "interactive" and job.first_token_ms is None
        )
        return tokens.breached(now_ms, waiting)

    def limits(self) -> TokenLimits:
        """What one task may ask for: the least context of its engines, and the lesser of the pool's and the
        engines' bound.
        """
        limits = self._standing().limits
        return replace(limits, kv_tokens=self._kv_tokens()) if self.plan.kv_bytes_per_token else limits

    def _standing(self) -> _Standing:
        stamp = sum([worker.health.changes for worker in self.workers.values()])
        if self._stood is None or self._stood.stamp != stamp:
            self._stood = _stand(self.workers.values(), self.plan, stamp)
        return self._stood

    def _kv_tokens(self) -> int | None:
        """How many tokens the KV memory of its roomiest worker holds; None: nobody knows."""
        # OC-POOL-3022
        rooms = [w.kv_room_bytes for w in self.workers.values() if not self._machine.missing(w.claim)]
        known = [room for room in rooms if room is not None]
        return max(known) // self.plan.kv_bytes_per_token if known and len(known) == len(rooms) else None

    def place(self, job: Job, now_ms: float) -> Worker | None:
        """The replica that the task should go to now; None when it has to wait."""
        if self.draining or self.held or not self._free_slots(now_ms):
            return None
        home = job.session.home_in(self.id)
        able = (w.candidate(now_ms) for w in self.workers.values() if job.spec.workload in w.workloads)
        chosen = choose(able, job.avoid, home, self._mask, job.kv_bytes, alone=job.spec.strict)
        return None if chosen is None else self.workers[chosen]

    def keeps(self, home: Home) -> bool:
        """Whether one of its replicas still has a session's KV state."""
        worker = self.workers.get(home.replica_id)
        return worker is not None and worker.health.ready and home.keeps(worker.health.outages)

    def would_serve(self, replica_id: str, now_ms: float) -> bool:
        """Whether no other replica would be taken now in place of this one."""
        chosen = choose((worker.candidate(now_ms) for worker in self.workers.values()), home=replica_id)
        return chosen is None or chosen == replica_id

    def others_ready(self, workload: Workload, avoid: frozenset[str]) -> bool:
        """Whether a ready replica that can do the work remains beside those."""
        return any(
            worker.health.ready and worker.id not in avoid and workload in worker.workloads
            for worker in self.workers.values()
        )

    def view(self, now_ms: float, closed: Closed | None = None) -> PoolView:
        """The pool as admission sees it; `closed` says why none of its workers may be started."""
        standing = self._standing()
        return PoolView(
            id=self.id,
            engine=self.engine,
            models=None if self.takes_any or self.plan.model is None else frozenset({self.plan.model}),
            workloads=standing.workloads,
            sampler_profiles=self._profile_names,
            limits=self.limits(),
            ready=standing.ready and not self.draining,
            uniform=standing.uniform,
            probe_ms=self.plan.heartbeat_interval_ms,
            capacity=self._capacity(standing, now_ms),
            queue=self.queue,
            times=self.times,
            advice=self.advice,
            costs=self.costs,
            kv_bytes_per_token=self.plan.kv_bytes_per_token,
            wall_ms=self.plan.watchdog.wall_ms,
            closed=closed,
            sheds_ms=self.objective.wait_ms(now_ms),
        )

    def remaining_ms(self, job: Job, now_ms: float) -> float:
        """What a running task is predicted to take from now on; below 0 when it is overdue."""
        times, spec = self.times[job.spec.priority], job.spec
        if job.last_token_ms is not None:
            left = times.expected_tokens(spec.max_tokens, spec.expected_tokens) - job.decoded
            return times.decode_ms(left) - (now_ms - job.last_token_ms)
        begun_ms = now_ms if job.lease is None else job.lease.taken_ms
        return times.predict_ms(job.tokens_in, spec.max_tokens, spec.expected_tokens) - (now_ms - begun_ms)

    def on_time(self, job: Job, now_ms: float) -> float:
        """P(a task that was started ends within its deadline)."""
        ran_ms = now_ms - (now_ms if job.started_ms is None else job.started_ms)
        ratios = self.times[job.spec.priority].ratios
        return still_on_time_probability(job.deadline_at_ms - now_ms, ran_ms, job.forecast.service_ms, ratios)

    def learn(self, job: Job, ended_ms: float) -> None:
        """Measure a task that ran to its end."""
        # What an embedding or a ranking takes is all spent on reading.
        read_ms = job.first_token_ms if job.spec.workload == "completion" else ended_ms
        if job.lease is None or read_ms is None or job.preemptions:
            return
        self.times[job.spec.priority].observe(
            Served(
                tokens_in=job.tokens_in,
                tokens_out=job.decoded,
                tokens_allowed=job.spec.max_tokens,
                first_token_ms=read_ms - job.lease.taken_ms,
                decode_ms=job.decode_ms,
            )
        )

    def learn_start(self, job: Job, now_ms: float) -> None:
        """Measure how the prediction of a start turned out."""
        told = job.forecast
        if told.reckoned_ms > 0 and job.predicted_from_measure:
            waits = self.times[job.spec.priority].waits
            waits.started(now_ms - job.accepted_ms, told.reckoned_ms, told.wait_ms, told.ahead)

    def learn_end(self, job: Job, now_ms: float, *, complete: bool) -> None:
        """Measure how the predictions turned out for a task that has ended, or was cut off."""
        told, times = job.forecast, self.times[job.spec.priority]
        if job.started_ms is not None:
            self.costs.ended(job.key.tenant, job.spec.priority, job.estimate, job.tokens_in, job.decoded)
        if complete or now_ms >= job.deadline_at_ms:
            times.reliability.observe(told.raw_on_time, met=complete)
        if not job.predicted_from_measure:
            return
        if job.started_ms is not None:
            ratio = (now_ms - job.started_ms) / max(1.0, told.service_ms)
            (times.ratios.add if complete else times.ratios.add_cut_off)(ratio)
        elif told.reckoned_ms > 0:
            times.waits.given_up(now_ms - job.accepted_ms, told.wait_ms, told.ahead)

    def _capacity(self, standing: _Standing, now_ms: float) -> Capacity:
        return Capacity(
            standing.slots,
            self._free_slots(now_ms),
            lambda: (self.remaining_ms(job, now_ms) for job in self.running),
            standing.workers,
            lambda: self._idle_in_ms(now_ms),
            lambda: any(job.spec.strict for job in self.waiting.values()),
        )

    def _free_slots(self, now_ms: float) -> int:
        """How many tasks its ready workers can take now."""
        return sum([one.free_slots(now_ms) for one in self.workers.values()])

    def _idle_in_ms(self, now_ms: float) -> float | None:
        """How long until the first of its ready workers has no task; None where one has none."""
        left = {worker: 0.0 for worker in self.workers.values() if worker.health.ready}
        if any(worker.idle(now_ms) for worker in left):
            return None
        for job in self.running:
            if job.lease is not None and job.lease.worker in left:
                worker = job.lease.worker
                left[worker] = max(left[worker], self.remaining_ms(job, now_ms))
        return min(left.values(), default=None)
