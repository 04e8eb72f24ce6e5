"""A pool and its workers: what the decisions look at, and what they were told."""

from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING

from orchestratord.core._queue import BATCH, INTERACTIVE, create_queue
from orchestratord.core.advice import Advice
from orchestratord.core.costs import Costs
from orchestratord.core.forecast import Capacity
from orchestratord.core.guards import TokenLimits
from orchestratord.core.leases import Leases
from orchestratord.core.objectives import WINDOW_MS, FirstTokens
from orchestratord.core.placement import Candidate, choose
from orchestratord.core.pool_view import PoolView
from orchestratord.core.pools.health import WorkerHealth
from orchestratord.core.pools.objective_breaker import ObjectiveBreaker, ObjectiveRules
from orchestratord.core.pools.states import Cause, WorkerState
from orchestratord.core.preemption import Allowance
from orchestratord.core.tasks import PRIORITIES
from orchestratord.core.times import Times
from orchestratord.plans import QueuePlan
from orchsim.decisions.engine import Engine
from orchsim.scenario import MODEL, WALL_MS, Scenario

if TYPE_CHECKING:
    from orchsim.decisions.agenda import Agenda
    from orchsim.decisions.task import Task
    from orchsim.laws import Laws

PROBE_MS = 5_000.0
BATCH_FIRST_TOKEN_MS = 30_000.0
STOPS_A_MINUTE = 6
_LIMITS = TokenLimits(1_000_000, 1_000_000)
_WORKLOADS = frozenset(["completion"])
_MODELS = frozenset([MODEL])
_PROFILES = frozenset(["v1"])
_NEVER_TOLD = (Cause.BEGIN, Cause.LOADED, Cause.PROVEN)
_BACK_AGAIN = (Cause.RETRY, Cause.LOADED, Cause.PROVEN)


class Worker:
    """A replica: its slots, its health and its engine."""

    def __init__(self, worker_id: str, name: str, slots: int, engine: Engine) -> None:
        self.id = worker_id
        self.name = name
        self.all_slots = slots
        self.engine = engine
        self.leases = Leases()
        self.held_until_ms = 0.0
        self.turned_away = 0
        self.health = WorkerHealth()
        for cause in _NEVER_TOLD:
            self.health.move(cause)
        self.ready = self.health.ready
        self._strict = engine.scenario.strict > 0

    def free_slots(self, now_ms: float) -> int:
        """How many more tasks it can take now."""
        free = self.all_slots - self.leases.taken
        if free <= 0 or not self.ready or now_ms < self.held_until_ms:
            return 0
        return 0 if self._strict and self.leases.exclusive else free

    def idle(self, now_ms: float) -> bool:
        """Whether it can take a task that runs alone."""
        return not self.leases.taken and self.free_slots(now_ms) > 0

    def fail(self) -> bool:
        """It was found to have failed; answers whether it was ready until then."""
        if not self.ready:
            return False
        self.health.move(Cause.FAILED, "it is away")
        self.health.move(Cause.REST)
        self.ready = self.health.ready
        return True

    def come_back(self) -> None:
        """It serves again."""
        assert self.health.state is WorkerState.BACKOFF
        for cause in _BACK_AGAIN:
            self.health.move(cause)
        self.ready = self.health.ready


class Pool:
    """One pool. `waiting` and `running` are tasks by their ids, `unheard` those interactive ones that have no
    token yet, in the order of their coming.
    """

    draining = held = False
    retiring = ()

    def __init__(
        self, number: int, scenario: Scenario, agenda: "Agenda", laws: "Laws", random: Random
    ) -> None:
        self.id = f"p{number}"
        self.mode = scenario.preemption
        self.agenda = agenda
        self.queue = create_queue(scenario.capacity, scenario.policy, scenario.age_ms, scenario.order)
        self.plan = SimpleNamespace(
            queue=QueuePlan(scenario.capacity, scenario.policy, scenario.age_ms, scenario.order)
        )
        self.workers = {
            f"w{worker}": Worker(
                f"w{worker}",
                f"{self.id}/w{worker}",
                scenario.slots,
                Engine(f"{self.id}/w{worker}", scenario, agenda, laws, random),
            )
            for worker in range(scenario.workers)
        }
        self.times = {priority: Times() for priority in PRIORITIES}
        self.advice = Advice()
        self.costs = Costs()
        self.first_tokens = {
            "interactive": FirstTokens(scenario.objective_ms),
            "batch": FirstTokens(BATCH_FIRST_TOKEN_MS),
        }
        self.objective = ObjectiveBreaker(ObjectiveRules())
        self.allowance = Allowance(STOPS_A_MINUTE)
        self.waiting: dict[str, Task] = {}
        self.running: dict[str, Task] = {}
        self.unheard: dict[str, Task] = {}
        self.wakes_ms = 0.0
        self.pumping = False
        self.cooling = 0
        self.view = PoolView(
            id=self.id,
            engine="llamacpp",
            models=_MODELS,
            workloads=_WORKLOADS,
            sampler_profiles=_PROFILES,
            limits=_LIMITS,
            ready=True,
            probe_ms=PROBE_MS,
            capacity=Capacity(0, 0, list),
            queue=self.queue,
            times=self.times,
            advice=self.advice,
            costs=self.costs,
            wall_ms=WALL_MS,
        )

    @property
    def slots(self) -> int:
        """The slots of all ready workers."""
        return sum(worker.all_slots for worker in self.workers.values() if worker.ready)

    def look(self) -> PoolView:
        """The pool as admission sees it now."""
        now_ms, view = self.agenda.now, self.view
        slots = free = ready = 0
        for worker in self.workers.values():
            if worker.ready:
                ready += 1
                slots += worker.all_slots
                free += worker.free_slots(now_ms)
        view.queue = self.queue
        view.ready = ready > 0
        view.capacity = Capacity(slots, free, self._busy_for_ms, ready, self._idle_in_ms, self._strict_waits)
        view.sheds_ms = self.objective.wait_ms(now_ms)
        return view

    def has_room(self) -> bool:
        """Whether any task could be placed now, or be given the slot of another."""
        if self.mode == "hard":
            return True
        now_ms = self.agenda.now
        return any(worker.free_slots(now_ms) for worker in self.workers.values())

    def place(self, task: "Task") -> Worker | None:
        """The replica that the task should go to now; None when it has to wait."""
        now_ms = self.agenda.now
        able = [
            Candidate(worker.id, worker.ready, free, idle=not worker.leases.taken)
            for worker in self.workers.values()
            if (free := worker.free_slots(now_ms))
        ]
        chosen = choose(able, task.avoid, task.session.home_in(self.id), alone=task.spec.strict)
        return None if chosen is None else self.workers[chosen]

    def others_ready(self, avoid: frozenset[str]) -> bool:
        """Whether a ready replica remains beside those."""
        return any(worker.ready and worker.id not in avoid for worker in self.workers.values())

    def misses_objective(self) -> bool:
        """Whether interactive tasks get their first token too late, those that wait for it included."""
        tokens, now_ms = self.first_tokens["interactive"], self.agenda.now
        if tokens.breached(now_ms):  # those that wait can only be further ones that are late
            return True
        late = []
        for task in self.unheard.values():
            waited = now_ms - task.accepted_ms
            if waited <= tokens.limit_ms:
                break
            late.append(waited)
        return bool(late) and tokens.breached(now_ms, late)

    def holds_batch(self) -> bool:
        """Whether no batch task may start as long as an interactive one waits."""
        if self.mode == "disabled":
            return False
        queue = self.queue
        return bool(queue.length(INTERACTIVE) and queue.length(BATCH)) and self.misses_objective()

    def judge_objective(self) -> None:
        """Tell the breaker how it stands."""
        now_ms, missed = self.agenda.now, self.misses_objective()
        kept_in_ms = 0.0
        if missed:
            waiting = self.queue.length(INTERACTIVE)
            until = waiting * self.advice.mean_lease_ms / max(1, self.slots) + WINDOW_MS if waiting else 0.0
            kept_in_ms = max(until, self.first_tokens["interactive"].kept_in_ms(now_ms))
        self.objective.observe(now_ms, missed=missed, kept_in_ms=kept_in_ms)

    def _busy_for_ms(self) -> list[float]:
        now_ms = self.agenda.now
        return [task.ends_ms - now_ms for task in self.running.values()]

    def _idle_in_ms(self) -> float | None:
        now_ms = self.agenda.now
        left = {worker.id: 0.0 for worker in self.workers.values() if worker.ready}
        for worker_id in left:
            worker = self.workers[worker_id]
            if not worker.leases.taken and worker.free_slots(now_ms):
                return None
        for task in self.running.values():
            if task.replica_id in left:
                left[task.replica_id] = max(left[task.replica_id], task.ends_ms - now_ms)
        return min(left.values(), default=None)

    def _strict_waits(self) -> bool:
        return any(task.spec.strict for task in self.waiting.values())
