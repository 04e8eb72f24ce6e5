"""What has to hold after every event, and at the end. The laws look at engines and clients, which are the
simulation's own, and hold the service's state and counters against them.
"""

from collections import Counter
from typing import TYPE_CHECKING

from orchsim.lives import Life, Waiting
from orchsim.pool_laws import PoolLaws
from orchsim.scenario import Faults, Scenario
from orchsim.sharing import Sharing, unfair
from orchsim.spending import Spending
from orchsim.witness import Witness

if TYPE_CHECKING:
    from orchestratord.core.errors import OrchestratorError
    from orchestratord.service import Orchestrator
    from orchestratord.service.pool import Pool
    from orchestratord.service.worker import Worker
    from orchsim.engine import SimEngine

HELD_SLACK_MS = 2.0
MINUTE_MS = 60_000.0
STOPS_A_MINUTE = 6
NO_FAULTS = Faults()


class Laws(Witness):
    """Keeps its own account of every task and compares."""

    def __init__(self, scenario: Scenario, pools: list[str]) -> None:
        super().__init__(scenario)
        self.lives: dict[int, Life] = {}
        self.waiting = {pool: Waiting() for pool in pools}
        self.accepted = 0
        self.order: list[Life] = []
        self.endings: dict[str, int] = {}
        self.refusals: dict[str, int] = {}
        self.given_up: dict[str, int] = {}
        self.defects: list[str] = []
        self.spans = 0
        # Preemption holds flows back, whatever their weights.
        fair = scenario.order == "wfq" and scenario.preemption == "disabled"
        self.sharing = {pool: Sharing() for pool in pools} if fair else {}
        self.spending = Spending(scenario.sessions, self.broken)
        self._stops: list[float] = []
        self._ended: list[Life] = []
        self._engines: dict[str, SimEngine] = {}
        self._service: Orchestrator | None = None
        self._leased: dict[str, int] = {}
        self._alone: dict[str, int] = {}
        self._queued = dict.fromkeys(pools, (0, 0))
        self._quotas = {one.name: one.max_concurrent for one in scenario.tenants}
        self._in_flight = dict.fromkeys(self._quotas, 0)
        self.pools = PoolLaws(scenario, self, pools)
        self.before = self.pools.trace

    def watch(self, service: "Orchestrator", engines: "dict[str, SimEngine]") -> None:
        """Look at this service from now on."""
        self._service, self._engines = service, engines
        names = [f"{pool.id}/{worker}" for pool in service.pools.values() for worker in pool.workers]
        self._leased = dict.fromkeys(names, 0)
        self._alone = dict.fromkeys(names, 0)
        self.pools.watch(service)

    def counted_endings(self) -> dict[str, int]:
        """How many tasks have ended in which way."""
        return dict(Counter(life.ending for life in self.lives.values() if life.ending))

    # What happens to a task, as the ledger and the engines are told.

    def admitted(self, life: Life) -> None:
        """A task has a place in a queue."""
        job, now_ms = life.job, self.now()
        assert job is not None
        if life.arrival >= 0:
            self.broken("once", f"task {life.number} was accepted a second time")
        life.arrival = self.accepted
        life.accepted_ms = now_ms
        self.accepted += 1
        waiting = self.waiting[job.pool.id]
        ahead = len(waiting)
        waiting.add(life)
        if self.sharing:
            self.sharing[job.pool.id].tell("came", life)
        self._in_flight[life.tenant] += 1
        quota = self._quotas[life.tenant]
        self.note("admitted", life.number, life.priority, "at", job.forecast.position, "in", job.pool.id)
        if quota is not None and self._in_flight[life.tenant] > quota:
            self.broken("quotas", f"task {life.number} is beyond the {quota} that its tenant may have")
        self.spending.admitted(life, now_ms)
        if not 0 <= job.forecast.position <= ahead:
            self.broken(
                "position", f"task {life.number} is told {job.forecast.position} of {ahead} before it"
            )

    def refused(self, number: int, error: "OrchestratorError") -> None:
        """A task was not accepted."""
        self.note("refused", number, error.code, error.retry_after_ms)
        if error.code == "BUDGET_EXHAUSTED":
            names = {detail.name or "" for detail in error.details}
            self.spending.refused(self.lives[number], names, self.now())

    def dispatched(self, life: Life | None, number: int, engine: str) -> None:
        """A task is handed to an engine."""
        self.note("dispatched", number, engine)
        if life is None or life.job is None:
            self.broken("once", f"an engine got task {number}, which was never accepted")
            return
        if life.cancel_said:
            self.broken("no dispatch after cancel", f"task {number} was cancelled, then dispatched")
        if life.ended_ms is not None or life.finished_by_engine:
            self.broken("once", f"task {number} was dispatched after its end")
        if life.at_engine is not None or life.leased is not None:
            self.broken("once", f"task {number} runs at {life.leased} and is dispatched to {engine}")
        now_ms = self.now()
        self._check_company(life, engine)
        self._check_home(life, engine, now_ms)
        if life.spoke:
            self.broken("once", f"task {number} had sent a token and is dispatched again")
        waiting = self.waiting[life.job.pool.id]
        self._check_order(life, waiting, now_ms)
        waiting.remove(life)
        if not life.dispatches:
            if self.sharing:
                self.sharing[life.job.pool.id].tell("started", life)
            self.order.append(life)
            life.started_ms = now_ms
        life.dispatches += 1
        life.leased = engine
        self._leased[engine] += 1
        self._alone[engine] += life.strict

    def _check_company(self, life: Life, engine: str) -> None:
        assert life.job is not None
        if life.job.pool.retiring:  # what they still run is on engines of their own, under the same names
            return
        if self._alone[engine] or (life.strict and self._leased[engine]):
            what = "a strict task runs there" if self._alone[engine] else "it is strict and others run there"
            self.broken("strict tasks alone", f"task {life.number} is dispatched to {engine}, though {what}")

    def _check_home(self, life: Life, engine: str, now_ms: float) -> None:
        home, job = self.spending.home(life, now_ms), life.job
        assert job is not None
        if job.warm and home != engine:
            self.broken("home honoured", f"task {life.number} says that {engine} knows its session")
        if home is None or home == engine:
            return
        pool_id, _, worker_id = home.partition("/")
        worker = job.pool.workers.get(worker_id)
        if pool_id != job.pool.id or worker is None or worker_id in job.avoid:
            return
        if life.strict and not worker.idle(now_ms):  # one slot may still cool, or be an older worker's
            return
        if worker.health.ready and worker.free_slots(now_ms):
            self.broken("home honoured", f"task {life.number} runs at {engine}, though {home} was free")

    def _check_order(self, life: Life, waiting: Waiting, now_ms: float) -> None:
        fair = self.scenario.order == "wfq"
        first = waiting.first(life.priority, life.tenant if fair else None)
        if first is not None and first is not life and first.arrival < life.arrival:
            self.broken(
                "fifo within class",
                f"{life.priority} task {life.number} (arrival {life.arrival}) overtook task {first.number} "
                f"(arrival {first.arrival})",
            )
        if fair:
            return
        bound = now_ms - self.scenario.age_ms
        if life.priority == "interactive":
            batch = waiting.first("batch")
            if batch is not None and batch.accepted_ms < bound and batch.arrival < life.arrival:
                self.broken(
                    "starvation bound",
                    f"task {life.number} started before batch task {batch.number}, which came before it and "
                    f"has waited {now_ms - batch.accepted_ms:.0f} ms",
                )
        elif (interactive := waiting.first("interactive")) is not None:
            aged = life.accepted_ms <= bound + 1e-6
            if not aged or interactive.arrival < life.arrival:
                self.broken(
                    "interactive first",
                    f"batch task {life.number} started while interactive task {interactive.number} waited",
                )

    def put_back(self, life: Life) -> None:
        """An attempt failed, and the task waits again."""
        self.note("put back", life.number)
        assert life.job is not None
        self._lease_over(life)
        self.waiting[life.job.pool.id].put_back(life)

    def stopped(self, life: Life) -> None:
        """A running task was stopped for a more urgent one, and waits again."""
        self.put_back(life)
        life.stopped += 1
        life.paused = True
        life.spoke = False
        now_ms = self.now()
        self._stops = [at for at in self._stops if at > now_ms - MINUTE_MS] + [now_ms]
        assert life.job is not None
        younger = [
            other.number
            for other in self.lives.values()
            if other.leased is not None
            and other.priority == "batch"
            and not other.strict
            and other.job is not None
            and other.job.pool is life.job.pool
            and (other.started_ms or 0.0) > (life.started_ms or 0.0)
            and other.job.decoded < other.allowed_tokens
        ]
        if life.priority != "batch":
            self.broken("preemption", f"task {life.number}, which is interactive, was stopped for another")
        if younger and self.scenario.faults == NO_FAULTS and not self.pools.active:
            self.broken("preemption", f"task {life.number} was stopped before the younger {younger}")
        if len(self._stops) > STOPS_A_MINUTE * self.scenario.pools:
            self.broken("preemption", f"{len(self._stops)} tasks were stopped within a minute")

    def ended(self, life: Life, outcome: str) -> None:
        """The service counted a task as over."""
        self.note("ended", life.number, outcome)
        if life.ended_ms is not None:
            self.broken("one terminal event", f"task {life.number} ended twice: {life.ending}, {outcome}")
        assert life.job is not None
        now_ms = self.now()
        life.ended_ms, life.ending = now_ms, outcome
        self._in_flight[life.tenant] -= 1
        self.spending.ended(life, now_ms)
        self._lease_over(life)
        self.waiting[life.job.pool.id].remove(life)
        if self.sharing:
            self.sharing[life.job.pool.id].tell("ended", life)
        self._ended.append(life)

    def _lease_over(self, life: Life) -> None:
        if life.leased is not None:
            self._leased[life.leased] -= 1
            self._alone[life.leased] -= life.strict
            life.leased = None

    # What has to hold.

    def after_event(self) -> None:
        """Raises Violation when a law is broken."""
        self.pools.after_event()
        if self.violation is not None:
            raise self.violation
        if not self._changed:
            for waiting in self.waiting.values():
                if waiting.returned:  # whoever was put back may have come back without a word
                    break
            else:
                return
        self._changed = False
        assert self._service is not None
        for pool in self._service.pools.values():
            self._check_pool(pool)
        if self._ended:
            for life in self._ended:
                self._check_end(life)
            self._ended.clear()
        if self.violation is not None:
            raise self.violation

    def _check_pool(self, pool: "Pool") -> None:
        waiting = self.waiting[pool.id]
        queued = len(pool.queue)
        if queued != len(waiting):
            self._lost(pool, queued)
        back = waiting.back() if waiting.returned else 0
        before, back_before = self._queued[pool.id]
        self._check_capacity(pool, queued, before, max(back - back_before, waiting.put))
        self._queued[pool.id], waiting.put = (queued, back), 0
        for worker in pool.workers.values():
            name = f"{pool.id}/{worker.id}"
            leases = worker.leases.active
            if pool.retiring:
                leases += sum(old.leases.active for old in pool.retiring if old.id == worker.id)
            if leases != self._leased[name]:
                self._unbalanced(leases, name)
            if queued and worker.free_slots(self.now() - HELD_SLACK_MS) and self._idle_in_vain(pool, worker):
                self._idle(name, queued)

    def _check_capacity(self, pool: "Pool", queued: int, before: int, put_back: int) -> None:
        """Only what was put back exceeds the capacity: nothing new does. In the moment in which one of those
        gives up its place another may be put back: what counts is how many were, not how many more there are.
        """
        if queued > max(pool.plan.queue.capacity, before) + put_back:
            self.broken(
                "capacity", f"{queued} tasks wait in {pool.id}, which holds {pool.plan.queue.capacity}"
            )

    def _lost(self, pool: "Pool", queued: int) -> None:
        should = len(self.waiting[pool.id])
        self.broken("nothing lost", f"{pool.id} has {queued} tasks waiting, of {should} that should")

    def _unbalanced(self, leases: int, name: str) -> None:
        self.broken("leases balance", f"{name}: {leases} leases for {self._leased[name]} tasks")

    def _idle(self, name: str, queued: int) -> None:
        self.broken("no idle slot", f"{name} has a free slot while {queued} tasks wait")

    def _idle_in_vain(self, pool: "Pool", worker: "Worker") -> bool:
        """Whether the task that is next could run on the worker, and does not."""
        now_ms = self.now()
        if worker.held_until_ms > now_ms - HELD_SLACK_MS or not worker.health.ready:
            return False
        if pool.draining or pool.held:
            return False
        # A strict task that waits for an idle worker holds up all, and whoever ages past it then is noticed
        # with what happens next in the pool.
        if not worker.idle(now_ms) and any(job.spec.strict for job in pool.waiting.values()):
            return False
        # Who is next depends on whether batch tasks are held back; one that avoids the worker holds up all.
        heads = {pool.queue.peek(now_ms, hold_batch) for hold_batch in (False, True)}
        return not any(entry is None or worker.id in pool.waiting[entry.id].avoid for entry in heads)

    def _check_end(self, life: Life) -> None:
        job = life.job
        assert job is not None
        frames, _ = job.log.since(job.log.first_id)
        terminals = frames.count(b"\nevent: end\n") + frames.count(b"\nevent: error\n")
        if terminals != 1 or not job.log.closed:
            self.broken("one terminal event", f"task {life.number} has {terminals} terminal events")
        life.events_at_end = job.log.next_id

    def check_all_over(self, exposition: str) -> None:
        """At the end of everything: nobody is left, nothing is held, and every counter agrees."""
        for life in self.lives.values():
            self._check_life(life)
        self.pools.check_all_over()
        for name, engine in self._engines.items():
            if engine.busy and not engine.down():
                self.broken("slots", f"{name} still runs {engine.busy} tasks after the end")
        if self.defects:
            self.broken("no defects", "; ".join(self.defects[:3]))
        self._check_counters(exposition)
        for pool, sharing in self.sharing.items():
            self._check_shares(pool, sharing)
        if self.violation is not None:
            raise self.violation

    def _check_life(self, life: Life) -> None:
        job = life.job
        if job is None:
            return
        if life.ended_ms is None or not job.ended:
            self.broken("nothing lost", f"task {life.number} was accepted and never ended")
        if job.log.next_id != life.events_at_end:
            self.broken("one terminal event", f"task {life.number} got events after its terminal one")
        if life.leased is not None or job.lease is not None:
            self.broken("leases balance", f"task {life.number} ended and still holds a lease")
        self.spending.check_all_over(life, self.now())
        if life.ending == "end" and not life.finished_by_engine:
            self.broken("nothing lost", f"task {life.number} was completed, its engine did not finish")

    def _check_shares(self, pool: str, sharing: Sharing) -> None:
        for got in sharing.spans():
            self.spans += 1
            apart = unfair(got)
            if apart is not None:
                self.broken("shares follow weights", f"in {pool} {apart[0]} and {apart[1]}")

    def _check_counters(self, exposition: str) -> None:
        self._agree(exposition, "tasks_enqueued_total", None, {"": self.accepted})
        self._agree(exposition, "tasks_started_total", None, {"": len(self.order)})
        self._agree(exposition, "tasks_finished_total", "outcome", self.endings)
        rejected = dict(self.refusals)
        for code, count in self.given_up.items():
            rejected[code] = rejected.get(code, 0) + count
        self._agree(exposition, "tasks_rejected_total", "reason", rejected)
        for series, label, counted in self.pools.counted():
            self._agree(exposition, series, label, counted)
        self._agree(exposition, "active_leases", None, {"": 0})
        self._agree(exposition, "queue_depth", None, {"": 0})

    def _agree(self, exposition: str, series: str, label: str | None, expected: dict[str, int]) -> None:
        counted: dict[str, float] = {}
        for line in exposition.splitlines():
            name, _, rest = line.partition("{")
            if name == series:
                value = "" if label is None else rest.split(f'{label}="', 1)[1].split('"', 1)[0]
                counted[value] = counted.get(value, 0) + float(line.rsplit(" ", 1)[1])
        wanted = {key: float(value) for key, value in expected.items() if value}
        counted = {key: value for key, value in counted.items() if value}
        if counted != wanted:
            self.broken("counters agree", f"{series} says {counted}, what happened is {wanted}")
