"""The least that acts on the decisions: it takes tasks in, hands them to engines, and ends them.

It does what the service does, in the same order, without waiting for anything: whatever takes time is on the
agenda.
"""

from math import inf
from random import Random
from typing import TYPE_CHECKING

from orchestratord.core import admission, guards
from orchestratord.core.deadlines import DeadlineRecord
from orchestratord.core.engine_failures import Fail, FailureKind, Hold, decide
from orchestratord.core.quotas import Held, Tenant
from orchestratord.core.service_times import Served
from orchestratord.core.sessions import Home, SessionKey, SessionTable
from orchestratord.core.task_states import TaskMove, TaskState, moved
from orchestratord.core.tasks import TaskSpec
from orchestratord.core.watchdog import Expired, WatchdogLimits, judge
from orchqueue_contract.errors import ErrorCode
from orchsim.decisions.agenda import Agenda
from orchsim.decisions.alarms import Alarms
from orchsim.decisions.engine import counted
from orchsim.decisions.pool import Pool, Worker
from orchsim.decisions.preemption import make_room, next_look_ms
from orchsim.decisions.task import Task
from orchsim.newcomers import session_id
from orchsim.scenario import WALL_MS, Scenario

if TYPE_CHECKING:
    from orchsim.laws import Laws
    from orchsim.lives import Life

TICK_MS = 1_000.0
PROBE_MS = 1_000.0
LIMITS = WatchdogLimits(WALL_MS, 120_000, 10_000)
RETRIES = 2
QUEUED, STARTING, STREAMING, ENDED = TaskState
DISPATCH, TOKEN, END = TaskMove.DISPATCH, TaskMove.TOKEN, TaskMove.END


class Desk:
    """All pools, sessions and tenants. Tasks that are accepted and have not ended are awaited, and slots that
    are not idle yet.
    """

    def __init__(self, scenario: Scenario, agenda: Agenda, laws: "Laws") -> None:
        self.scenario = scenario
        self.agenda = agenda
        self.laws = laws
        self.random = Random(scenario.seed * 2)
        pools = [Pool(number, scenario, agenda, laws, self.random) for number in range(scenario.pools)]
        self.pools = {pool.id: pool for pool in pools}
        self._views = [pool.view for pool in pools]
        self.tenants = {
            one.name: Tenant(one.name, one.weight, one.max_concurrent) for one in scenario.tenants
        }
        self.held = {name: Held() for name in self.tenants}
        self.sessions = SessionTable(scenario.sessions.budgets, scenario.sessions.ttl_ms)
        self.deadlines = DeadlineRecord()
        self.over = lambda _life: None
        self._alarms = Alarms(agenda, self._look_at)
        self._ids = 0
        self._expires = False

    def tick(self) -> None:
        """What is done by the clock: objectives and watchdogs."""
        now_ms = self.agenda.now
        for pool in self.pools.values():
            pool.judge_objective()
            for task in list(pool.running.values()):
                heard_ms = task.last_token_ms if task.state is STREAMING else None
                if isinstance(judge(LIMITS, now_ms, task.taken_ms, heard_ms, task.ran_ms), Expired):
                    self.end(task, ErrorCode.DECODE_TIMEOUT)
        self.agenda.later(TICK_MS, self.tick)

    # What clients ask for.

    def submit(self, life: "Life", spec: TaskSpec) -> Task:
        """Accept a task. Raises OrchestratorError."""
        now_ms, name = self.agenda.now, life.tenant
        for pool in self.pools.values():
            pool.look()
        tenant, held = self.tenants[name], self.held[name]
        size = guards.estimated_size(spec)
        session = self.sessions.find_or_new(SessionKey(name, spec.session_id), now_ms)
        self._ids += 1
        job_id = f"job-{self._ids}"
        admitted = admission.admit(
            job_id,
            spec,
            size,
            tenant,
            held,
            self._views,
            account=session.account,
            now_ms=now_ms,
            chance=self.random.random(),
        )
        held.take(admitted.kv_bytes)
        self.sessions.accept(session, admitted.need, now_ms)
        if not self._expires:
            self._expires = True
            self.agenda.later(self.sessions.ttl_ms, self._expire)
        pool = self.pools[admitted.pool_id]
        task = Task(life, spec, job_id, pool, session, admitted, size.tokens_in, now_ms)
        pool.waiting[job_id] = task
        if spec.priority == "interactive":
            pool.unheard[job_id] = task
        self.agenda.awaited += 1
        life.job = task
        self.laws.admitted(life)
        if admitted.evicted is not None:
            given_up = pool.waiting[admitted.evicted]
            self.end(given_up, admission.REFUSAL_CODES[self.scenario.policy], given_up=True)
        self.pump(pool)
        if not task.ended:
            self._look_at(task)
        return task

    def cancel(self, life: "Life") -> str:
        """End a task; what that did."""
        task: Task = life.job
        waited = task.state is QUEUED and task.started_ms is None
        if not self.end(task, "canceled"):
            return "already-finished"
        return "canceled-queued" if waited else "canceled-running"

    def delete_session(self, life: "Life") -> None:
        """End the session of a task."""
        self.sessions.delete(SessionKey(life.tenant, session_id(life.session)))

    def shut(self) -> None:
        """End all that wait; the running ones may finish."""
        for pool in self.pools.values():
            for task in list(pool.waiting.values()):
                self.end(task, ErrorCode.POOL_UNAVAILABLE)

    def _expire(self) -> None:
        """End the sessions that nobody has used for their time."""
        due_ms = self.sessions.expire(self.agenda.now)
        self._expires = due_ms is not None
        if due_ms is not None:
            self.agenda.at(max(due_ms, self.agenda.now + 1), self._expire)

    # From the queue to the engines.

    def pump(self, pool: Pool) -> None:
        """Dispatch as long as a task waits and a slot is free for it."""
        if pool.pumping or not len(pool.queue):
            return
        pool.pumping = True
        while len(pool.queue) and pool.has_room() and self._dispatch_next(pool):
            pass
        pool.pumping = False
        if len(pool.queue):
            self._wake_later(pool)

    def _dispatch_next(self, pool: Pool) -> bool:
        now_ms = self.agenda.now
        hold_batch = pool.holds_batch()
        entry = pool.queue.peek(now_ms, hold_batch)
        if entry is None:
            return False
        task = pool.waiting[entry.id]
        if now_ms >= task.deadline_at_ms:
            return self.end(task, ErrorCode.DEADLINE_UNMET)
        worker = pool.place(task)
        if worker is None:
            if task.avoid and pool.look().ready and not pool.others_ready(task.avoid):
                return self.end(task, ErrorCode.REPLICA_EXHAUSTED)
            make_room(self, pool, task)
            return False
        task.ticket = pool.queue.dequeue(now_ms, hold_batch)
        self._begin(task, worker)
        return True

    def _begin(self, task: Task, worker: Worker) -> None:
        pool, now_ms, home = task.pool, self.agenda.now, task.session.home
        task.state = moved(task.state, DISPATCH)
        del pool.waiting[task.job_id]
        pool.running[task.job_id] = task
        task.worker, task.replica_id, task.taken_ms = worker, worker.id, now_ms
        task.lease = worker.leases.take(alone=task.spec.strict)
        task.outages = worker.health.outages
        at_home = home is not None and home.is_at(pool.id, worker.id)
        task.warm = at_home and home.keeps(task.outages) and task.spec.reuses_cache
        spec, times = task.spec, pool.times[task.spec.priority]
        task.ends_ms = now_ms + times.predict_ms(task.tokens_in, spec.max_tokens, spec.expected_tokens)
        if task.started_ms is None:
            task.started_ms = now_ms
            told = task.forecast
            if told.reckoned_ms > 0 and task.measured:
                times.waits.started(now_ms - task.accepted_ms, told.reckoned_ms, told.wait_ms, told.ahead)
        task.attempt = worker.engine.begin(task, self)

    def _wake_later(self, pool: Pool) -> None:
        """Pump again when a worker that was busy may be asked again, or a task be stopped for another."""
        now_ms = self.agenda.now
        wakes_ms = inf if pool.mode != "hard" else next_look_ms(pool, now_ms)
        for worker in pool.workers.values():
            if now_ms < worker.held_until_ms < wakes_ms:
                wakes_ms = worker.held_until_ms
        if wakes_ms < inf and not now_ms < pool.wakes_ms <= wakes_ms + 1:
            pool.wakes_ms = wakes_ms + 1
            self.agenda.at(pool.wakes_ms, self.pump, pool)

    # What engines tell.

    def heard(self, task: Task, sent: int, *, last: bool) -> None:
        """Tokens have come: so many of the attempt by now."""
        pool, now_ms, spec = task.pool, self.agenda.now, task.spec
        assert task.worker is not None
        task.worker.turned_away = 0
        task.preempted = False
        if task.state is STARTING and not self._first_token(task, now_ms):
            return
        task.last_token_ms = now_ms
        task.decoded = task.tokens_before + sent
        if last:
            if not task.preemptions:
                task.tokens_in = counted(task.life)
            self.end(task, "end")
        else:
            times = pool.times[spec.priority]
            left = times.expected_tokens(spec.max_tokens, spec.expected_tokens) - task.decoded
            task.ends_ms = now_ms + times.decode_ms(left)

    def _first_token(self, task: Task, now_ms: float) -> bool:
        """The first token since the dispatch; False when it comes too late."""
        task.state = moved(task.state, TOKEN)
        if task.last_token_ms is not None:
            task.stopped_ms += now_ms - task.last_token_ms
        task.last_token_ms = now_ms
        if task.first_token_ms is None:
            pool, priority = task.pool, task.spec.priority
            task.first_token_ms = now_ms
            pool.first_tokens[priority].observe(now_ms, now_ms - task.accepted_ms)
            pool.unheard.pop(task.job_id, None)
        return now_ms < task.deadline_at_ms or not self.end(task, ErrorCode.DEADLINE_UNMET)

    def failed(self, task: Task, kind: FailureKind) -> None:
        """An attempt has failed."""
        worker, pool, chance = task.worker, task.pool, self.random.random()
        assert worker is not None
        turned_away = kind is FailureKind.BUSY
        worker.turned_away = worker.turned_away + 1 if turned_away else 0
        verdict = decide(
            kind,
            token_sent=task.state is STREAMING or (task.decoded > 0 and not turned_away),
            attempt=worker.turned_away if turned_away else task.attempts + 1,
            retries=RETRIES,
            others_ready=pool.others_ready(task.avoid | {worker.id}),
            comes_back=False,
            chance=chance,
        )
        if kind in (FailureKind.UNREACHABLE, FailureKind.MALFORMED) and worker.fail():
            self.agenda.later(PROBE_MS, self._probe, pool, worker)
        if isinstance(verdict, Fail):
            self.end(task, verdict.code)
            return
        self.release(task)
        task.state = moved(task.state, TaskMove.PUT_BACK)
        pool.waiting[task.job_id] = task
        self.laws.put_back(task.life)
        if isinstance(verdict, Hold):
            worker.held_until_ms = self.agenda.now + verdict.pause_ms
            self._return(task)
            return
        task.attempts += 1
        if verdict.avoid:
            task.avoid |= {worker.id}
        self.agenda.later(verdict.pause_ms, self._return, task)
        self.pump(pool)

    def _return(self, task: Task) -> None:
        """A task takes its place in the queue again, unless it has ended meanwhile."""
        if task.ticket is not None and not task.ended:
            task.pool.queue.put_back(task.ticket, task.first_token_ms is not None)
            task.ticket = None
            self.pump(task.pool)

    def _probe(self, pool: Pool, worker: Worker) -> None:
        """Ask an engine that had failed whether it works."""
        if worker.engine.down():
            self.agenda.later(PROBE_MS, self._probe, pool, worker)
        else:
            worker.come_back()
            self.pump(pool)

    # How tasks end.

    def end(self, task: Task, outcome: str, *, given_up: bool = False) -> bool:
        """Settle a task; False when it had ended before."""
        if task.state is ENDED:
            return False
        now_ms, pool, complete = self.agenda.now, task.pool, outcome == "end"
        task.state = moved(task.state, END)
        if task.ticket is not None:
            pool.queue.settle(task.ticket, task.used)
            task.ticket = None
        else:
            pool.queue.cancel(task.job_id, task.used)
        pool.waiting.pop(task.job_id, None)
        pool.unheard.pop(task.job_id, None)
        self._learn(task, now_ms, complete=complete)
        if task.worker is not None:
            pool.advice.observe_lease(task.ran_ms + now_ms - task.taken_ms)
            self.release(task)
        self._settle(task, now_ms, outcome)
        self.agenda.awaited -= 1
        life = task.life
        life.given_up = given_up
        self.laws.ended(life, outcome)
        self.over(life)
        self.pump(pool)
        return True

    def release(self, task: Task) -> None:
        """Give back the slot of a task; one whose engine is not done with it has to cool."""
        worker, attempt = task.worker, task.attempt
        assert worker is not None
        assert attempt is not None
        task.worker = task.attempt = None
        del task.pool.running[task.job_id]
        worker.leases.give_back(task.lease, cooling=attempt.runs)
        if attempt.runs:
            self.agenda.awaited += 1
            task.pool.cooling += 1
            attempt.stop()
            self.agenda.later(attempt.idle_in_ms(), self._cooled, task.pool, worker, task.lease)
        else:
            attempt.wanted = False

    def _cooled(self, pool: Pool, worker: Worker, lease: int) -> None:
        worker.leases.cooled(lease)
        self.agenda.awaited -= 1
        pool.cooling -= 1
        self.pump(pool)

    def _learn(self, task: Task, now_ms: float, *, complete: bool) -> None:
        """Measure it, and how the predictions turned out."""
        told, times, spec = task.forecast, task.pool.times[task.spec.priority], task.spec
        first_ms, started_ms = task.first_token_ms, task.started_ms
        if complete and not task.preemptions and first_ms is not None:
            read_ms = first_ms - task.taken_ms
            times.observe(Served(task.tokens_in, task.decoded, spec.max_tokens, read_ms, task.decode_ms))
        if started_ms is not None:
            task.pool.costs.ended(task.tenant, spec.priority, task.estimate, task.tokens_in, task.decoded)
        if complete or now_ms >= task.deadline_at_ms:
            times.reliability.observe(told.raw_on_time, met=complete)
        if not task.measured:
            return
        if started_ms is not None:
            ratio = (now_ms - started_ms) / max(1.0, told.service_ms)
            (times.ratios.add if complete else times.ratios.add_cut_off)(ratio)
        elif told.reckoned_ms > 0:
            times.waits.given_up(now_ms - task.accepted_ms, told.wait_ms, told.ahead)

    def _settle(self, task: Task, now_ms: float, outcome: str) -> None:
        """What it held becomes what it used."""
        complete, session = outcome == "end", task.session
        served = complete or task.first_token_ms is not None
        tokens = task.tokens_in + task.decoded if served else 0
        actual = session.account.amount(tokens, round(task.decode_ms))
        lives = self.sessions.settle(session, task.hold, actual, now_ms)
        if lives and served and not task.preempted and task.replica_id is not None:
            cached = task.spec.reuses_cache and (complete or outcome == "canceled")
            session.home = Home(task.pool.id, task.replica_id, task.outages, tokens, cached)
        self.held[task.tenant].give_back(0)
        if outcome != "canceled":
            self.deadlines.ended(task.spec.priority, met=complete)

    def _look_at(self, task: Task) -> None:
        """End a task whose time has passed, else look again at the next of its times."""
        now_ms, patience = self.agenda.now, task.spec.max_queue_ms
        if now_ms >= task.deadline_at_ms:
            self.end(task, ErrorCode.DEADLINE_UNMET)
            return
        next_ms = task.deadline_at_ms
        if patience is not None and task.started_ms is None:
            if now_ms >= task.accepted_ms + patience:
                self.end(task, ErrorCode.ADMISSION_REJECT, given_up=True)
                return
            next_ms = min(next_ms, task.accepted_ms + patience)
        self._alarms.set(next_ms, task)
