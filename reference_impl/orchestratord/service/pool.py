"""One pool while it runs: its workers, its queue, what it has measured, and who runs on it."""

from collections.abc import Mapping

from orchestratord.adapters import AdapterFactory
from orchestratord.core._queue import INTERACTIVE, AdmissionQueue, create_queue
from orchestratord.core.advice import Advice
from orchestratord.core.costs import Costs
from orchestratord.core.forecast import Capacity, still_on_time_probability
from orchestratord.core.guards import TokenLimits
from orchestratord.core.objectives import FirstTokens
from orchestratord.core.placement import choose
from orchestratord.core.pool_view import PoolView
from orchestratord.core.preemption import Allowance
from orchestratord.core.sampling import SamplerProfile
from orchestratord.core.service_times import Served
from orchestratord.core.sessions import Home
from orchestratord.core.tasks import PRIORITIES
from orchestratord.core.times import Times
from orchestratord.service.job import Job
from orchestratord.service.plans import PoolPlan
from orchestratord.service.worker import Worker


class Pool:
    """Workers that serve one model, and the tasks that wait for them or run on them."""

    def __init__(
        self, plan: PoolPlan, profiles: dict[str, SamplerProfile], adapters: Mapping[str, AdapterFactory]
    ) -> None:
        self.plan = plan
        self.id = plan.id
        self.engine = plan.engine
        self.profiles = profiles
        self.workers = {worker.id: Worker(plan, worker, adapters[plan.adapter]) for worker in plan.workers}
        self.queue: AdmissionQueue = create_queue(
            plan.queue.capacity, plan.queue.full_policy, plan.queue.age_ms, plan.queue.order
        )
        self.first_tokens = {
            "interactive": FirstTokens(plan.interactive_first_token_ms),
            "batch": FirstTokens(plan.batch_first_token_ms),
        }
        self.allowance = Allowance(plan.preemption.per_minute)
        self.times = {priority: Times() for priority in PRIORITIES}
        self.advice = Advice()
        self.costs = Costs()
        self.waiting: dict[str, Job] = {}
        self.running: set[Job] = set()
        self.known_version: str | None = None
        self._models = None if plan.model is None else frozenset({plan.model})
        self._workloads = frozenset(w for worker in self.workers.values() for w in worker.adapter.workloads)
        self._profile_names = frozenset(profiles)

    @property
    def ready(self) -> bool:
        """Whether it can serve: at least one worker is ready."""
        return any(worker.health.ready for worker in self.workers.values())

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
        return sum(worker.slots for worker in self.workers.values())

    @property
    def active_leases(self) -> int:
        """How many tasks hold a slot."""
        return sum(worker.leases.active for worker in self.workers.values())

    @property
    def cooling_slots(self) -> int:
        """How many slots have no task any more and are not free yet."""
        return sum(worker.leases.taken for worker in self.workers.values()) - self.active_leases

    def misses_objective(self, now_ms: float) -> bool:
        """Whether interactive tasks get their first token too late, those that wait for it included."""
        if not self.queue.length(INTERACTIVE):
            return self.first_tokens["interactive"].breached(now_ms)
        waiting = (
            now_ms - job.accepted_ms
            for job in self.waiting.values()
            if job.spec.priority == "interactive" and job.first_token_ms is None
        )
        return self.first_tokens["interactive"].breached(now_ms, waiting)

    def limits(self) -> TokenLimits:
        """What one task may ask for: the least context of its engines, and the lesser of the pool's and the
        engines' bound.
        """
        contexts = [
            w.health.facts.ctx for w in self.workers.values() if w.health.facts and w.health.facts.ctx
        ]
        if self.plan.ctx is not None:
            contexts.append(self.plan.ctx)
        bounds = [w.adapter.max_tokens for w in self.workers.values() if w.adapter.max_tokens is not None]
        return TokenLimits(min(contexts, default=None), min([self.plan.max_tokens, *bounds]))

    def place(self, job: Job, now_ms: float) -> Worker | None:
        """The replica that the task should go to now; None when it has to wait."""
        home = job.session.home_in(self.id)
        chosen = choose((worker.candidate(now_ms) for worker in self.workers.values()), job.avoid, home)
        return None if chosen is None else self.workers[chosen]

    def keeps(self, home: Home) -> bool:
        """Whether one of its replicas still has a session's KV state."""
        worker = self.workers.get(home.replica_id)
        return worker is not None and worker.health.ready and home.keeps(worker.health.outages)

    def would_serve(self, replica_id: str, now_ms: float) -> bool:
        """Whether no other replica would be taken now in place of this one."""
        chosen = choose((worker.candidate(now_ms) for worker in self.workers.values()), home=replica_id)
        return chosen is None or chosen == replica_id

    def others_ready(self, avoid: frozenset[str]) -> bool:
        """Whether a ready replica remains beside those."""
        return any(worker.health.ready and worker.id not in avoid for worker in self.workers.values())

    def view(self, now_ms: float) -> PoolView:
        """The pool as admission sees it."""
        return PoolView(
            id=self.id,
            engine=self.engine,
            models=self._models,
            workloads=self._workloads,
            sampler_profiles=self._profile_names,
            limits=self.limits(),
            ready=self.ready,
            probe_ms=self.plan.heartbeat_interval_ms,
            capacity=self._capacity(now_ms),
            queue=self.queue,
            times=self.times,
            advice=self.advice,
            costs=self.costs,
            kv_bytes_per_token=self.plan.kv_bytes_per_token,
            wall_ms=self.plan.watchdog.wall_ms,
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
        if job.lease is None or job.first_token_ms is None or job.preemptions:
            return
        self.times[job.spec.priority].observe(
            Served(
                tokens_in=job.tokens_in,
                tokens_out=job.decoded,
                tokens_allowed=job.spec.max_tokens,
                first_token_ms=job.first_token_ms - job.lease.taken_ms,
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

    def _capacity(self, now_ms: float) -> Capacity:
        free = sum(worker.free_slots(now_ms) for worker in self.workers.values() if worker.health.ready)
        return Capacity(self.slots, free, lambda: (self.remaining_ms(job, now_ms) for job in self.running))
