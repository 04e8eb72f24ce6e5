"""A cancel at every point of a task's life: between any two callbacks of the event loop, which is wherever
something else can happen at all. Each life is lived once undisturbed, and then once for each of its points.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from orchestratord.core.budgets import Budgets
from orchestratord.core.engine_failures import FailureKind
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.quotas import Tenant
from orchestratord.core.sessions import SessionKey
from orchestratord.core.watchdog import WatchdogLimits
from orchestratord.service import QueuePlan, SessionsPlan
from orchqueue_contract.errors import ErrorCode

VICTIM = 1
NEIGHBOURS = (2, 3, 4)
AFTERWARDS = range(50, 60)
ENDS = ("task.finished", "task.canceled", "task.failed")
QUOTA = 4
TOKENS = 50_000
SESSION = "00000000-0000-4000-8000-00000000ffff"
EMBEDDING = {"workload": "embedding", "prompt": "", "max_tokens": 0, "inputs": ("victim",)}

Course = Callable[[Any, SimpleNamespace], Awaitable[None]]


@dataclass
class Life:
    """What happens to the victim if nobody cancels it: how it ends then, as its last event says, and a line
    that is logged on the way. `fits` is how many tasks the pool takes afterwards: none where the server is
    shut down in it.
    """

    course: Course
    ends: str = "length"
    logs: str = "task.started"
    workers: int = 1
    disk: tuple[float | None, ...] | None = None
    fits: int = QUOTA
    plan: dict[str, Any] = field(default_factory=dict)


LIVES: dict[str, Life] = {}


def life(**more: Any) -> Callable[[Course], Course]:
    def enter(course: Course) -> Course:
        LIVES[course.__name__] = Life(course, **more)
        return course

    return enter


async def begin(stage, number: int, **changes: Any) -> "asyncio.Future[list[Any]]":
    """Submit a task, and have someone read it from its beginning."""
    prompt = "victim" if number == VICTIM else f"neighbour {number}"
    session = {"session_id": SESSION} if number == VICTIM else {}
    await stage.submit(number, **{"prompt": prompt, **session, **changes})
    return asyncio.ensure_future(stage.read(number))


def fails(script, kind: FailureKind, after: int = 0) -> list[Any]:
    failure = script.EngineFailure(kind, "scripted")
    return [*script.tokens(after, end=False), script.Step(1, failure=failure)]


@life()
async def runs(stage, script) -> None:
    await (await begin(stage, VICTIM))


@life()
async def is_sized_by_the_tokenizer(stage, script) -> None:
    stage.engines["w0"].token_count = 5
    twins = (begin(stage, VICTIM, prompt="victim" + "x" * 16_000, max_tokens=100) for _ in range(2))
    for reading in await asyncio.gather(*twins):
        await reading


@life()
async def waits(stage, script) -> None:
    readings = [await begin(stage, number) for number in (2, 3, VICTIM, 4)]
    await asyncio.gather(*readings)


@life(disk=(4,))
async def leaves_its_transcript_slowly(stage, script) -> None:
    await (await begin(stage, VICTIM))


@life(logs="transcript.lost", disk=(None,))
async def leaves_no_transcript(stage, script) -> None:
    await (await begin(stage, VICTIM))


@life(ends="stop", disk=(4,))
async def is_an_embedding(stage, script) -> None:
    stage.engines["w0"].scripts = [[script.Step(2)]]
    await (await begin(stage, VICTIM, **EMBEDDING))


@life(ends="INTERNAL", disk=(None, 2))
async def is_an_embedding_that_cannot_be_kept(stage, script) -> None:
    stage.engines["w0"].scripts = [[script.Step(2)]]
    await (await begin(stage, VICTIM, **EMBEDDING))


@life(logs="task.put-back", workers=2)
async def is_tried_elsewhere(stage, script) -> None:
    stage.engines["w0"].scripts = [fails(script, FailureKind.UNREACHABLE), script.tokens(3)]
    await (await begin(stage, VICTIM))


@life(logs="task.put-back")
async def is_tried_again(stage, script) -> None:
    fault = fails(script, FailureKind.FAULT)
    stage.engines["w0"].scripts = [fault, fault, script.tokens(3)]
    await (await begin(stage, VICTIM))


@life(logs="task.put-back")
async def is_turned_away(stage, script) -> None:
    busy = fails(script, FailureKind.BUSY)
    stage.engines["w0"].scripts = [busy, busy, script.tokens(3)]
    await asyncio.gather(await begin(stage, VICTIM), await begin(stage, 2))


@life(ends="WORKER_RESET")
async def loses_its_engine(stage, script) -> None:
    stage.engines["w0"].scripts = [fails(script, FailureKind.BROKEN, after=2), script.tokens(3)]
    await (await begin(stage, VICTIM))


@life()
async def is_never_seen_to_leave_its_slot(stage, script) -> None:
    stage.engines["w0"].idle_after_ms = None
    await asyncio.gather(*[await begin(stage, number) for number in (2, VICTIM, 3)])


HARD = {
    "preemption": PreemptionRules("hard", per_minute=3),
    "interactive_first_token_ms": 1,
    "features": {"interruptible_decode": True},
}


@life(logs="task.resumed", plan=HARD)
async def is_stopped_for_another_and_goes_on(stage, script) -> None:
    stage.engines["w0"].scripts = [
        *([script.tokens(6, every_ms=5)] * 2),
        script.tokens(2, every_ms=2),
        script.tokens(4, every_ms=2),
    ]
    batch = {"priority": "batch", "max_tokens": 6}
    first = await begin(stage, 2, **batch)
    await asyncio.sleep(0.002)
    victim = await begin(stage, VICTIM, **batch)
    await asyncio.sleep(0.011)
    await asyncio.gather(first, victim, await begin(stage, 3))


@life(logs="task.resumed", plan={**HARD, "queue": QueuePlan(order="wfq")})
async def is_stopped_for_another_under_fair_queueing(stage, script) -> None:
    await is_stopped_for_another_and_goes_on(stage, script)


@life(ends="QUEUE_FULL_DROP_LRU", fits=3, plan={"queue": QueuePlan(1, "drop-lru")})
async def gives_up_its_place(stage, script) -> None:
    running = [await begin(stage, number) for number in (2, 3)]
    victim = await begin(stage, VICTIM, priority="batch")
    await asyncio.sleep(0.001)
    await asyncio.gather(*running, victim, await begin(stage, 4))


@life(ends="DEADLINE_UNMET")
async def meets_its_deadline_in_the_queue(stage, script) -> None:
    stage.engines["w0"].scripts = [script.tokens(3, every_ms=300)]
    running = [await begin(stage, number) for number in (2, 3)]
    await asyncio.gather(*running, await begin(stage, VICTIM, deadline_ms=500))


@life(ends="DEADLINE_UNMET")
async def meets_its_deadline_as_it_runs(stage, script) -> None:
    stage.engines["w0"].scripts = [script.tokens(9, every_ms=30)]
    await (await begin(stage, VICTIM, max_tokens=9, deadline_ms=105))


@life(ends="DECODE_TIMEOUT", plan={"watchdog": WatchdogLimits(idle_ms=5)})
async def falls_silent(stage, script) -> None:
    stage.engines["w0"].scripts = [
        [*script.tokens(2, end=False), script.Step(forever=True)],
        script.tokens(3),
    ]
    await (await begin(stage, VICTIM))


@life(ends="ADMISSION_REJECT")
async def is_out_of_patience(stage, script) -> None:
    stage.engines["w0"].scripts = [script.tokens(2, every_ms=2000)]
    running = [await begin(stage, number) for number in (2, 3)]
    await asyncio.gather(*running, await begin(stage, VICTIM, max_queue_ms=2000))


@life()
async def is_heard_late(stage, script) -> None:
    last = script.Step(2, script.Chunk(("last",), 3, script.Finished("length", 3, 2)), deaf=True)
    stage.engines["w0"].scripts = [[*script.tokens(2, end=False), last], script.tokens(3)]
    await asyncio.gather(await begin(stage, VICTIM), await begin(stage, 2))


@life(ends="DEADLINE_UNMET")
async def meets_its_deadline_as_it_is_put_back(stage, script) -> None:
    late = [script.Step(0.6, failure=script.EngineFailure(FailureKind.FAULT, "scripted"))]
    stage.engines["w0"].scripts = [*([script.tokens(1, every_ms=499.6)] * 2), late, script.tokens(3)]
    running = [await begin(stage, number) for number in (2, 3)]
    await asyncio.gather(*running, await begin(stage, VICTIM, deadline_ms=500))


@life(ends="canceled", plan={"cancel_on_disconnect": True})
async def loses_its_reader(stage, script) -> None:
    job = await stage.submit(VICTIM, prompt="victim", session_id=SESSION)
    stream = stage.service.follow(job.key, None, "key")
    seen = b""
    async for piece in stream:
        seen += piece
        if seen.count(b"event: token") >= 2:
            break
    stream.close()
    while not job.log.closed:
        await job.bell.wait(1)
    await asyncio.sleep(0.01)


async def until_stopped(stage, script, **victim: Any) -> None:
    readings = [await begin(stage, number) for number in (2, 3)]
    readings.append(await begin(stage, VICTIM, **victim))
    await asyncio.sleep(0.003)
    await stage.service.shutdown()
    await asyncio.gather(*readings)


@life(ends="POOL_UNAVAILABLE", fits=0, disk=(2,), plan={"grace_ms": 20})
async def waits_as_the_server_stops(stage, script) -> None:
    stage.engines["w0"].scripts = [script.tokens(4, every_ms=4)]
    await until_stopped(stage, script)


@life(ends="POOL_UNAVAILABLE", fits=0, workers=2, plan={"grace_ms": 4})
async def runs_as_the_server_stops(stage, script) -> None:
    for engine in stage.engines.values():
        engine.scripts = [script.tokens(9, every_ms=2)]
    await until_stopped(stage, script, max_tokens=9)


@life(ends="POOL_UNAVAILABLE", fits=0, workers=2, plan={"grace_ms": 50})
async def runs_as_the_server_is_hurried(stage, script) -> None:
    for engine in stage.engines.values():
        engine.scripts = [script.tokens(9, every_ms=2)]
    asyncio.get_running_loop().call_later(0.006, stage.service.hurry)
    await until_stopped(stage, script, max_tokens=9)


class Cancel:
    """Cancels the victim, and then once more, before callback number `at` of a scene."""

    def __init__(self, stage, at: int | None) -> None:
        self._stage, self._at = stage, at
        self._loop = asyncio.get_running_loop()
        self.points = 0
        self.told: list[str] = []
        self.ended_then = True
        self.asked_then = 0
        self.acknowledged: asyncio.Future[list[Any]] | None = None
        self._loop.before_each = self._before_each

    def over(self) -> None:
        """The victim has nothing more to come."""
        self._loop.before_each = lambda: None

    @property
    def asked(self) -> int:
        """How often engines were asked for the victim."""
        return sum(
            sum(one.prompt.startswith("victim") for one in engine.requests)
            + sum("victim" in one for one in engine.asked)
            for engine in self._stage.engines.values()
        )

    def _before_each(self) -> None:
        self.points += 1
        if self.points == self._at:
            with suppress(OrchestratorError):  # it was not accepted yet
                self.told = [self._stage.cancel(VICTIM), self._stage.cancel(VICTIM)]
                self.asked_then = self.asked
                self.acknowledged = self._loop.create_task(self._acknowledged())

    async def _acknowledged(self) -> list[Any]:
        """What can be read at once when the cancel is acknowledged."""
        await self._stage.told(VICTIM)
        assert self._stage.cancel(VICTIM) == "already-finished"
        try:
            self._stage.read(VICTIM).send(None)
        except StopIteration as whole:
            return whole.value
        raise AssertionError("the stream goes on")


def lived(play, script, one: Life, at: int | None) -> tuple[int, str]:
    """Live a life, cancelled at a point; answers how many points it has, and what the cancel said."""

    async def scene(stage) -> tuple[int, str]:
        cancel = Cancel(stage, at)
        await one.course(stage, script)
        cancel.over()
        first = None if cancel.acknowledged is None else await cancel.acknowledged
        events = await stage.read(VICTIM)
        assert first in (None, events), "the stream has changed since the cancel was acknowledged"
        ended_once(events)
        outcome_is_true(stage, cancel, events)
        if at is None:
            assert (events[-1][2].get("code") or events[-1][2]["finish_reason"]) == one.ends
            assert stage.events(one.logs)
        for number in NEIGHBOURS:
            with suppress(OrchestratorError):  # it has no part in this life
                ended_once(await stage.read(number))
        await asyncio.sleep(1.1)
        settled(stage)
        await as_much_fits_as_before(stage, script, one.fits)
        return cancel.points, cancel.told[0] if cancel.told else ""

    return play(
        scene,
        workers=one.workers,
        disk=None if one.disk is None else script.Disk(*one.disk),
        defects_of=("transcript.lost", "artifacts.failed"),
        tenants=(Tenant("default", max_concurrent=QUOTA),),
        sessions=SessionsPlan(budgets=Budgets(10**6, TOKENS, 10**9, 10**9)),
        **one.plan,
    )


def ended_once(events: list[Any]) -> None:
    assert [number for number, _, _ in events] == list(range(len(events)))
    terminal = [name for _, name, _ in events if name in ("end", "error")]
    assert len(terminal) == 1
    assert events[-1][1] == terminal[0]


def outcome_is_true(stage, cancel: Cancel, events: list[Any]) -> None:
    by_client = sum(line.get("reason") == "client" for line in ends(stage))
    if not cancel.told or cancel.told[0] == "already-finished":
        assert by_client == 0
        assert cancel.told in ([], ["already-finished"] * 2)
        return
    assert by_client == 1
    assert cancel.told[1] == "already-finished"
    assert events[-1][2]["finish_reason"] == "canceled"
    assert "artifact" not in events[-1][2]
    assert cancel.asked == cancel.asked_then, "an engine was asked for a task that was cancelled"
    started = events[0][1] == "started"
    assert cancel.told[0] == ("canceled-running" if started else "canceled-queued")
    if not started:
        assert len(events) == 1
        assert cancel.asked == 0


def ends(stage) -> list[dict[str, Any]]:
    """The log lines of tasks that have ended."""
    return [line for line in stage.lines if line["event"] in ENDS]


def settled(stage) -> None:
    """Nothing is held any more, and what is counted is what was used."""
    pool = stage.service.pools["pool"]
    assert not pool.waiting
    assert not pool.running
    assert not len(pool.queue)
    assert all(worker.leases.taken == 0 for worker in pool.workers.values())
    assert all(engine.open == 0 for engine in stage.engines.values())
    assert len(ends(stage)) == len(stage.events("task.admitted"))
    used = sum(
        line["tokens_in"] + line["tokens_out"]
        for line in ends(stage)
        if line["session_id"] == SESSION and ("first_token_ms" in line or line["event"] == "task.finished")
    )
    left = stage.service.session(SessionKey("default", SESSION)).remaining
    assert left.tokens == TOKENS - used
    assert left.cost == 10**9 - 2 * used


async def as_much_fits_as_before(stage, script, fits: int) -> None:
    """So many tasks are accepted, no more than the quota allows, and run on all slots."""
    for engine in stage.engines.values():
        engine.scripts = [script.tokens(2)]
        engine.idle_after_ms, engine.most_open = 0, 0
    for number in AFTERWARDS[:fits]:
        await stage.submit(number)
    if fits == QUOTA:
        with pytest.raises(OrchestratorError) as refused:
            await stage.submit(AFTERWARDS[fits])
        assert refused.value.code is ErrorCode.QUOTA_EXCEEDED
    assert stage.service.pools["pool"].active_leases == min(fits, 2 * len(stage.engines))
    for number in AFTERWARDS[:fits]:
        assert (await stage.read(number))[-1][1] == "end"


@pytest.mark.requirement("OC-CTRL-2012")
@pytest.mark.requirement("OC-CTRL-2024")
@pytest.mark.requirement("ORCH-3026")
@pytest.mark.parametrize("name", LIVES)
def test_a_cancel_at_every_point_of_a_life(play, script, name) -> None:
    one = LIVES[name]
    points, told = lived(play, script, one, None)
    assert told == ""
    said = [lived(play, script, one, at)[1] for at in range(1, points + 1)]
    assert {told[:8] for told in said} >= {"canceled", "already-"}
