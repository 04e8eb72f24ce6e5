"""Workers fail and operators work, and the laws hold; each of them can fail."""

import asyncio
from dataclasses import replace

import pytest
from orchsim.many import many
from orchsim.scenario import Clients, Scenario, shaken
from orchsim.upheaval import Upheaval
from orchsim.witness import Violation
from orchsim.world import simulate

from orchestratord.core.leases import Leases
from orchestratord.core.pools.backoff import Backoff
from orchestratord.core.pools.breaker import Breaker
from orchestratord.core.pools.exits import FailureCause
from orchestratord.core.pools.states import WorkerState
from orchestratord.core.task_states import TaskMove, TaskState
from orchestratord.service import hosting, job, pool_control, tending
from orchestratord.service.pool import Pool
from orchestratord.service.relay import Relay
from orchestratord.service.worker import Worker

WORLDS = 36
AT_ONCE = 9
TASKS = 300


@pytest.mark.requirement("OC-POOL-3004")
@pytest.mark.requirement("OC-POOL-3007")
@pytest.mark.parametrize("first", range(0, WORLDS, AT_ONCE))
def test_pools_break_no_law_while_workers_fail_and_operators_work(first: int) -> None:
    went = many(range(first, first + AT_ONCE), TASKS, 1, "shaken")
    broken = [each.broken for each in went if each.broken]
    assert not broken, "\n\n".join(broken)
    assert sum(each.accepted for each in went) > AT_ONCE * TASKS / 4


@pytest.mark.parametrize("seed", [5, 13])
def test_a_shaken_world_comes_again(seed) -> None:
    first, second = (simulate(shaken(seed, 200)) for _ in range(2))
    assert first.events == second.events
    assert first.endings == second.endings


FAILING = Scenario(
    seed=3,
    tasks=1_500,
    workers=2,
    slots=2,
    load=0.7,
    mean_tokens=60,
    clients=Clients(cancel=0.1),
    upheaval=Upheaval(managed=True, load_ms=200, crash_every_s=15, late_every_s=20, hang_every_s=60),
)
WORKED_ON = replace(FAILING, upheaval=Upheaval(managed=True, load_ms=200, drain_every_s=20, reload_every_s=8))
TIGHT = replace(
    WORKED_ON, upheaval=replace(WORKED_ON.upheaval, tight=True, drain_every_s=5, reload_fails=0.5)
)
BUSY = replace(FAILING, upheaval=Upheaval(managed=True, load_ms=3_000, drain_every_s=5, reload_every_s=3))


def serves_when_loading(monkeypatch) -> None:
    monkeypatch.setattr(tending.Tender, "_prove", _nothing)


async def _nothing(_self) -> None:
    """Prove nothing, and take a moment for it."""
    await asyncio.sleep(0.001)


def notices_no_silence(monkeypatch) -> None:
    monkeypatch.setattr(tending.Tender, "_note_silence", lambda _self: None)


def never_pauses(monkeypatch) -> None:
    monkeypatch.setattr(Backoff, "pause_ms", lambda _self, _failures, _chance: 0.0)


def never_opens(monkeypatch) -> None:
    monkeypatch.setattr(Breaker, "failed", lambda _self, _now_ms: None)


def takes_all_for_crashes(monkeypatch) -> None:
    judged = hosting.judge
    monkeypatch.setattr(hosting, "judge", lambda *given: replace(judged(*given), cause=FailureCause.UNREADY))


def repeats_after_tokens(monkeypatch) -> None:
    decide = Relay._failed.__globals__["decide"]
    told = lambda kind, **given: decide(kind, **{**given, "token_sent": False})  # noqa: E731
    monkeypatch.setitem(Relay._failed.__globals__, "decide", told)
    moved = job.moved
    back = lambda state, move: TaskState.QUEUED if move is TaskMove.PUT_BACK else moved(state, move)  # noqa: E731
    monkeypatch.setattr(job, "moved", back)


def leaks_when_cooling(monkeypatch) -> None:
    give_back = Leases.give_back

    def wrong(self, lease, *, cooling):
        return None if cooling else give_back(self, lease, cooling=cooling)

    monkeypatch.setattr(Leases, "give_back", wrong)


def leaves_processes(monkeypatch) -> None:
    monkeypatch.setattr(hosting.ManagedHost, "end", _nothing)


def cuts_when_reloading(monkeypatch) -> None:
    drain = pool_control.Supervisor.drain

    def at_once(self, worker):
        drain(self, worker)
        if worker in self._tenders:
            self._tenders[worker].stop()

    monkeypatch.setattr(pool_control.Supervisor, "drain", at_once)


def goes_on_when_drained(monkeypatch) -> None:
    monkeypatch.setattr(pool_control.Supervisor, "drain", lambda _self, _worker: None)
    monkeypatch.setattr(
        Pool, "draining", property(lambda _self: False, lambda _self, _value: None), raising=False
    )


def runs_what_it_has(monkeypatch) -> None:
    monkeypatch.setattr(Pool, "serves", lambda _self, _spec: True)


def skips_states(monkeypatch) -> None:
    move = tending.Tender._move

    def wrong(self, cause, reason=None):
        move(self, cause, reason)
        if self._worker.health.state is WorkerState.BACKOFF:
            self._worker.health.state = WorkerState.PROVING

    monkeypatch.setattr(tending.Tender, "_move", wrong)


def takes_every_operation(monkeypatch) -> None:
    drain = pool_control.PoolControl.drain

    def wrong(self, pool_id, deadline_ms, correlation_id):
        self._reloads.pop(pool_id, None)
        return drain(self, pool_id, deadline_ms, correlation_id)

    monkeypatch.setattr(pool_control.PoolControl, "drain", wrong)


def wakes_the_drained(monkeypatch) -> None:
    monkeypatch.setattr(pool_control.PoolControl, "_stays_drained", staticmethod(lambda _pool: False))


def forgets_taken_slots(monkeypatch) -> None:
    monkeypatch.setattr(Worker, "_slots_taken", lambda self: self.leases.taken)


@pytest.mark.requirement("OC-POOL-3007")
@pytest.mark.parametrize(
    ("bug", "world", "law"),
    [
        (serves_when_loading, FAILING, "only ready workers"),
        (notices_no_silence, FAILING, "only ready workers"),
        (never_pauses, FAILING, "restarts are bounded"),
        (never_opens, replace(FAILING, upheaval=Upheaval(managed=True, flaps=1)), "restarts are bounded"),
        (takes_all_for_crashes, FAILING, "causes are told apart"),
        (repeats_after_tokens, FAILING, "once"),
        (leaks_when_cooling, FAILING, "leases balance"),
        (leaves_processes, WORKED_ON, "no orphan"),
        (cuts_when_reloading, WORKED_ON, "no stream is cut"),
        (goes_on_when_drained, WORKED_ON, "drained"),
        (runs_what_it_has, replace(WORKED_ON, load=1.5), "its own model"),
        (skips_states, FAILING, "states by the table"),
        (takes_every_operation, BUSY, "operations"),
        (wakes_the_drained, TIGHT, "operations"),
        (forgets_taken_slots, replace(WORKED_ON, upheaval=Upheaval(reload_every_s=2)), "slots"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_a_planted_bug_is_caught_by_the_law_that_it_breaks(monkeypatch, bug, world, law) -> None:
    bug(monkeypatch)
    with pytest.raises(Violation) as caught:
        simulate(world)
    assert caught.value.law == law, str(caught.value)
