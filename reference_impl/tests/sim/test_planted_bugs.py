"""The simulation can fail: each bug that is planted is caught, and by the law that it breaks."""

from dataclasses import replace

import pytest
from msgspec import structs
from orchsim.backlog import backlogged
from orchsim.decisions import preemption
from orchsim.kinds import KINDS
from orchsim.scenario import Clients, Faults, Scenario, Sessions, Tenant
from orchsim.witness import Violation

from orchestratord.core import quotas
from orchestratord.core._queue import create_queue
from orchestratord.core.budgets import Account, Budgets
from orchestratord.core.costs import Costs, Estimate
from orchestratord.core.leases import Leases
from orchestratord.core.placement import Candidate
from orchestratord.core.sessions import Session, SessionTable
from orchestratord.metrics import Metrics
from orchestratord.service import Orchestrator, events, preemptor, transcripts
from orchestratord.service.dispatch import Dispatcher
from orchestratord.service.job import Job
from orchestratord.service.kept import KeptTasks
from orchestratord.service.relay import Relay
from orchestratord.service.worker import Worker

BUSY = Scenario(
    seed=11,
    tasks=1_500,
    workers=2,
    slots=2,
    capacity=16,
    load=1.3,
    batch=0.4,
    age_ms=500,
    mean_tokens=60,
    tenants=(Tenant("a", 0.5), Tenant("b", 0.5, 2.0)),
    faults=Faults(busy=0.02, broken=0.02, fault=0.02),
    clients=Clients(cancel=0.2, resubmit=0.1, follow=0.05),
)


class Wrapped:
    """A queue of which some methods are wrong."""

    def __init__(self, queue) -> None:
        self.queue = queue

    def __getattr__(self, name):
        return getattr(self.queue, name)

    def __len__(self) -> int:
        return len(self.queue)


class SecondFirst(Wrapped):
    """Dispatches the second that waits before the first."""

    def peek(self, now_ms, hold_batch=False):
        waiting = list(self.queue.ordered(now_ms))
        return waiting[1] if len(waiting) > 1 else self.queue.peek(now_ms, hold_batch)

    def dequeue(self, now_ms, hold_batch=False):
        first, second = self.queue.dequeue(now_ms), self.queue.dequeue(now_ms)
        if second is None:
            return first
        self.queue.put_back(first)
        return second


class BatchFirst(Wrapped):
    """Takes interactive tasks for batch tasks, and the other way round."""

    def enqueue(self, item_id, payload, priority, *rest):
        return self.queue.enqueue(item_id, payload, 1 - priority, *rest)


class Equal(Wrapped):
    """Gives every flow the same."""

    def enqueue(self, item_id, payload, priority, now_ms, tenant, cost, weight, *rest):
        return self.queue.enqueue(item_id, payload, priority, now_ms, tenant, cost, min(weight, 1.0), *rest)


class ByNumber(Wrapped):
    """Takes one task to cost what another does."""

    def enqueue(self, item_id, payload, priority, now_ms, tenant, cost, *rest):
        return self.queue.enqueue(item_id, payload, priority, now_ms, tenant, 300.0, *rest)

    def settle(self, ticket, used) -> None:
        self.queue.settle(ticket, 300.0)


class Uncorrected(Wrapped):
    """Leaves a task at what it was taken to cost."""

    def settle(self, ticket, used) -> None:
        self.queue.settle(ticket, ticket.cost)


class Forgetful(Wrapped):
    """Loses what is put back."""

    def put_back(self, ticket, started=False) -> None:
        self.queue.settle(ticket, 0.0)


def queues(make):
    """Plant a queue in every pool; `make` gets the pool and its proper queue."""

    def plant(patch):
        def prepare(world) -> None:
            for pool in world.service.pools.values():
                pool.queue = make(pool, pool.queue)

        return prepare

    return plant


def never_ages(pool, _queue):
    plan = pool.plan.queue
    return create_queue(plan.capacity, plan.full_policy, 1e12, plan.order)


def holds_one_more(pool, _queue):
    plan = pool.plan.queue
    return create_queue(plan.capacity + 1, plan.full_policy, plan.age_ms, plan.order)


def every(number, proper, wrong):
    """Do the wrong thing every so many calls."""
    calls = [0]

    def call(*args, **kwargs):
        calls[0] += 1
        return (wrong if calls[0] % number == 0 else proper)(*args, **kwargs)

    return call


def one_slot_too_many(patch) -> None:
    proper = Worker.free_slots
    patch.setattr(Worker, "free_slots", lambda self, now_ms: proper(self, now_ms) + (self.slots > 0))


def slots_free_at_once(patch) -> None:
    proper = Leases.give_back
    patch.setattr(Leases, "give_back", lambda self, lease, *, cooling: proper(self, lease, cooling=False))


def lease_kept(patch) -> None:
    patch.setattr(Leases, "give_back", every(40, Leases.give_back, lambda *_args, **_kwargs: None))


def cancel_in_words_only(patch) -> None:
    patch.setattr(Orchestrator, "cancel", every(5, Orchestrator.cancel, lambda *_args: "canceled-queued"))


def ends_twice(patch) -> None:
    proper = transcripts.close

    def twice(job, last, transcript) -> None:
        proper(job, last, transcript)
        job.log.closed = False
        proper(job, last, transcript)

    patch.setattr(transcripts, "close", every(20, proper, twice))


def speaks_after_the_end(patch) -> None:
    proper = transcripts.close

    def and_more(job, last, transcript) -> None:
        proper(job, last, transcript)
        job.log.closed = False
        events.token(job, "more")
        job.log.closed = True

    patch.setattr(transcripts, "close", every(20, proper, and_more))


def lost_wake_up(patch) -> None:
    patch.setattr(Dispatcher, "pump", every(9, Dispatcher.pump, lambda *_args: None))


def miscounts(patch) -> None:
    patch.setattr(Metrics, "count", every(500, Metrics.count, lambda *_args: None))


def runs_twice(patch) -> None:
    proper = Relay.run

    def twice(self, job, lease) -> None:
        proper(self, job, lease)
        proper(self, job, lease)

    patch.setattr(Relay, "run", every(30, proper, twice))


def forgets_who_was_accepted(patch) -> None:
    patch.setattr(KeptTasks, "find", lambda *_args: None)


def stops_the_eldest(patch) -> None:
    def eldest(running):
        able = [one for one in running if one.batch and not one.spared]
        return min(able, key=lambda one: one.started_ms).id if able else None

    patch.setattr(preemptor, "victim", eldest)
    patch.setattr(preemption, "victim", eldest)


def as_allowed(patch):
    """Tasks cost what they are allowed, whatever they use."""
    patch.setattr(Costs, "estimate", lambda _s, _t, _p, *given: Estimate(*given, float(sum(given))))
    return queues(lambda _pool, queue: Uncorrected(queue))(patch)


def holds_nothing(patch) -> None:
    proper = Account.hold
    patch.setattr(Account, "hold", lambda self, need: proper(self, structs.replace(need, tokens=0)))


def keeps_what_was_held(patch) -> None:
    patch.setattr(Account, "settle", every(40, Account.settle, lambda *_args: None))


def overdraws(patch) -> None:
    patch.setattr(Account, "exceeded", every(40, Account.exceeded, lambda *_args: ()))


def grudges(patch) -> None:
    proper = Account.exceeded

    def one_more(account, need):
        return proper(account, structs.replace(need, cost=need.cost + 1))

    patch.setattr(Account, "exceeded", one_more)


def outlives_its_end(patch) -> None:
    patch.setattr(SessionTable, "delete", lambda *_args: True)


def decodes_while_stopped(patch) -> None:
    """The time for which a task was stopped counts as its session's."""
    patch.setattr(Job, "stopped_ms", property(lambda _job: 0.0, lambda _job, _ms: None))


def in_company(patch) -> None:
    proper = Candidate.is_open

    def is_open(candidate, *given, alone):
        del alone
        return proper(candidate, *given)

    patch.setattr(Candidate, "is_open", is_open)


def in_its_company(patch) -> None:
    patch.setattr(Leases, "exclusive", property(lambda _self: False))


def knows_no_quota(patch) -> None:
    patch.setattr(quotas, "exceeded", lambda *_args: None)


def homeless(patch) -> None:
    patch.setattr(Session, "home_in", lambda *_args: None)


SESSIONS = {
    "sessions": Sessions(
        tasks=6,
        budgets=Budgets(turns=12, tokens=1_500, time_ms=None, cost=3_000),
        ttl_ms=20_000,
        deleted=0.05,
    )
}
HARD = {"order": "wfq", "preemption": "hard", "objective_ms": 50, "faults": Faults(), "batch": 0.8}
TIMED = {**HARD, "sessions": Sessions(tasks=6, budgets=Budgets(10**9, None, 10**12, None))}
SHARED = backlogged(5, 4_000)
QUOTA = {"tenants": (Tenant("a", 0.5, max_concurrent=4), Tenant("b", 0.5))}
IN_THE_CORE = [
    (queues(lambda _pool, queue: SecondFirst(queue)), {}, "fifo within class"),
    (queues(lambda _pool, queue: BatchFirst(queue)), {}, "interactive first"),
    (queues(lambda _pool, queue: Forgetful(queue)), {}, "nothing lost"),
    (queues(never_ages), {}, "starvation bound"),
    (queues(holds_one_more), {}, "capacity"),
    (slots_free_at_once, {}, "slots"),
    (lease_kept, {}, "leases balance"),
    (stops_the_eldest, HARD, "preemption"),
    (knows_no_quota, QUOTA, "quotas"),
    (holds_nothing, SESSIONS, "holds balance"),
    (keeps_what_was_held, SESSIONS, "holds balance"),
    (overdraws, SESSIONS, "never overspent"),
    (grudges, SESSIONS, "never overspent"),
    (outlives_its_end, SESSIONS, "holds balance"),
    (homeless, SESSIONS, "home honoured"),
    (in_company, {"strict": 0.2}, "strict tasks alone"),
    (in_its_company, {"strict": 0.2}, "strict tasks alone"),
    (queues(lambda _pool, queue: Equal(queue)), SHARED, "shares follow weights"),
    (queues(lambda _pool, queue: ByNumber(queue)), SHARED, "shares follow weights"),
    (as_allowed, SHARED, "shares follow weights"),
]
IN_THE_SERVICE = [
    (one_slot_too_many, {}, "slots"),
    (cancel_in_words_only, {}, "one terminal event"),
    (ends_twice, {}, "one terminal event"),
    (speaks_after_the_end, {}, "one terminal event"),
    (lost_wake_up, {}, "no idle slot"),
    (miscounts, {}, "counters agree"),
    (runs_twice, {}, "once"),
    (forgets_who_was_accepted, {}, "once"),
    (decodes_while_stopped, TIMED, "holds balance"),
]
PLANTED = [
    *(("decisions", *planted) for planted in IN_THE_CORE),
    *(("service", *planted) for planted in (*IN_THE_CORE, *IN_THE_SERVICE)),
]


@pytest.mark.parametrize(
    ("kind", "plant", "changes", "law"),
    PLANTED,
    ids=[f"{kind}-{number}-{law}" for number, (kind, *_, law) in enumerate(PLANTED)],
)
def test_a_planted_bug_is_caught_by_its_law(kind, plant, changes, law, monkeypatch) -> None:
    scenario = changes if isinstance(changes, Scenario) else replace(BUSY, **changes)
    prepare = plant(monkeypatch)
    with pytest.raises(Violation) as caught:
        KINDS[kind].run(scenario, prepare)
    assert caught.value.law == law, str(caught.value)
    assert "replay: " in str(caught.value)


@pytest.mark.parametrize("kind", ["decisions", "service"])
@pytest.mark.parametrize(
    "scenario",
    [BUSY, *(replace(BUSY, **changes) for changes in (HARD, SESSIONS, TIMED, QUOTA)), SHARED],
    ids=["busy", "hard", "sessions", "timed", "quota", "shared"],
)
def test_the_same_worlds_hold_without_the_bugs(scenario, kind) -> None:
    assert KINDS[kind].run(scenario).endings["end"] > 500
