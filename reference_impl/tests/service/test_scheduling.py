"""Fair sharing, quotas and preemption as they fare in the whole service."""

import asyncio

import pytest

from orchestratord.core.engine_failures import FailureKind
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.quotas import Tenant
from orchestratord.service import QueuePlan, Submitter
from orchqueue_contract.errors import ErrorCode

HARD = {
    "preemption": PreemptionRules("hard"),
    "interactive_first_token_ms": 100,
    "features": {"interruptible_decode": True},
}


def facts(script, slots: int):
    return script.EngineFacts("test-1", slots, 4096)


async def with_slots(stage, script, slots: int) -> None:
    """Give the one engine so many slots."""
    stage.engines["w0"].facts = facts(script, slots)
    await asyncio.sleep(1.1)


def text(events) -> str:
    return "".join(data["t"] for _, name, data in events if name == "token")


def names(events) -> list[str]:
    return [name for _, name, _ in events]


@pytest.mark.requirement("OC-CORE-1052")
def test_a_running_batch_task_gives_way_and_goes_on_from_what_it_had(play, script) -> None:
    async def scene(stage) -> None:
        await with_slots(stage, script, 1)
        engine = stage.engines["w0"]
        engine.scripts = [script.tokens(10, every_ms=50), script.tokens(2), script.tokens(6, every_ms=50)]
        await stage.submit(1, priority="batch", max_tokens=10)
        await asyncio.sleep(0.125)
        await stage.submit(2, max_tokens=2)
        urgent, events = await asyncio.gather(stage.read(2), stage.read(1))
        assert names(urgent)[-1] == "end"
        # The objective is missed 100 ms after the urgent one came: the other has then sent four tokens.
        assert [request.prompt for request in engine.requests] == ["hello", "hello", "hellow0 w1 w2 w3 "]
        assert [request.max_tokens for request in engine.requests] == [10, 2, 6]
        indices = [data["i"] for _, name, data in events if name == "token"]
        assert indices == list(range(10))
        told = [data for _, name, data in events if name == "metrics" and data.get("preempted")]
        assert [data["resumable"] for data in told] == [True]
        assert events[-1][2]["tokens_out"] == 10
        assert stage.value("preemptions_total", mode="hard") == stage.value("resumptions_total") == 1
        assert stage.value("active_leases") == 0
        assert stage.events("task.finished")[-1]["preempted"] is True

    play(scene, **HARD)


@pytest.mark.parametrize(
    ("changes", "plan"),
    [
        ({"determinism": "strict"}, {}),
        ({}, {"features": {}}),
        ({}, {"preemption": PreemptionRules("soft")}),
        ({"priority": "interactive"}, {}),
    ],
)
def test_what_is_not_to_be_stopped_is_not(play, script, changes, plan) -> None:
    async def scene(stage) -> None:
        await with_slots(stage, script, 1)
        stage.engines["w0"].scripts = [script.tokens(10, every_ms=50), script.tokens(2)]
        await stage.submit(1, **{"priority": "batch", "max_tokens": 10, **changes})
        await stage.submit(2, max_tokens=2)
        await asyncio.gather(stage.read(1), stage.read(2))
        assert len(stage.engines["w0"].requests) == 2
        assert stage.value("preemptions_total", mode="hard") == 0

    play(scene, **{**HARD, **plan})


def test_no_more_are_stopped_than_a_minute_allows(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(20, every_ms=100)]
        for number in (1, 2):
            await stage.submit(number, priority="batch", max_tokens=20)
        for number in (3, 4):
            await stage.submit(number, max_tokens=20)
        await asyncio.gather(*(stage.read(number) for number in range(1, 5)))
        assert stage.value("preemptions_total", mode="hard") == 1
        stopped = [line["task_id"][-1] for line in stage.events("task.preempted")]
        assert stopped == ["2"]

    play(scene, **{**HARD, "preemption": PreemptionRules("hard", per_minute=1)})


def test_a_stopped_task_can_be_cancelled_and_its_deadline_runs_on(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(40, every_ms=50)]
        await stage.submit(1, priority="batch", max_tokens=40)
        await stage.submit(2, priority="batch", max_tokens=40, deadline_ms=1500)
        await asyncio.sleep(0.1)
        for number in (3, 4):
            await stage.submit(number, max_tokens=40)
        await asyncio.sleep(0.3)
        assert stage.value("preemptions_total", mode="hard") == 2
        assert stage.cancel(1) == "canceled-running"
        events = await stage.read(2)
        assert events[-1][2]["code"] == "DEADLINE_UNMET"
        await asyncio.gather(stage.read(3), stage.read(4))

    play(scene, **HARD)


def test_an_engine_that_is_busy_when_a_task_resumes_costs_it_nothing(play, script) -> None:
    async def scene(stage) -> None:
        await with_slots(stage, script, 1)
        busy = [script.Step(failure=script.EngineFailure(FailureKind.BUSY, "busy"))]
        engine = stage.engines["w0"]
        engine.scripts = [
            script.tokens(4, every_ms=50),
            script.tokens(1),
            busy,
            script.tokens(2, every_ms=50),
        ]
        await stage.submit(1, priority="batch", max_tokens=4)
        await stage.submit(2, max_tokens=1)
        events = await stage.read(1)
        assert names(events)[-1] == "end"
        assert [data["i"] for _, name, data in events if name == "token"] == [0, 1, 2, 3]
        assert stage.value("resumptions_total") == 1

    play(scene, **{**HARD, "interactive_first_token_ms": 120})


@pytest.mark.requirement("ORCH-3085")
def test_batch_is_held_back_while_interactive_misses_its_objective(play, script) -> None:
    async def scene(stage) -> None:
        await with_slots(stage, script, 1)
        stage.engines["w0"].scripts = [script.tokens(2, every_ms=50)]
        await stage.submit(0)
        await stage.submit(1, priority="batch", max_tokens=1)
        for number in range(2, 8):
            await stage.submit(number, max_tokens=8)
        await asyncio.gather(*(stage.read(number) for number in range(8)))
        started = [int(line["task_id"][-1]) for line in stage.events("task.started")]
        assert started[-1] == 1
        assert stage.value("preemptions_total", mode="soft") == 1

    soft = {"preemption": PreemptionRules("soft"), "interactive_first_token_ms": 40}
    play(scene, queue=QueuePlan(order="wfq"), **soft)


@pytest.mark.requirement("OC-CORE-1051")
def test_a_quota_is_given_back_however_a_task_ends(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(3, every_ms=10)]

        async def is_refused(number: int) -> None:
            with pytest.raises(OrchestratorError) as refused:
                await stage.submit(number)
            assert refused.value.code is ErrorCode.QUOTA_EXCEEDED

        for number in (1, 2, 3):
            await stage.submit(number)
        await is_refused(4)
        other = Submitter("other", "key", "corr")
        stage.submitter, own = other, stage.submitter
        await stage.submit(9)
        stage.submitter = own
        stage.cancel(3)
        await stage.submit(5)
        await is_refused(6)
        await stage.read(1)
        await stage.submit(7)
        assert stage.value("tasks_rejected_total", reason="QUOTA_EXCEEDED") == 2
        await asyncio.gather(*(stage.read(number) for number in (2, 5, 7)))

    play(scene, tenants=(Tenant("default", max_concurrent=3),))


@pytest.mark.requirement("ORCH-3076")
@pytest.mark.requirement("ORCH-3081")
def test_shares_and_deadlines_are_told(play, script) -> None:
    async def scene(stage) -> None:
        await stage.submit(1)
        await stage.submit(2, priority="batch", max_tokens=100)
        await asyncio.gather(stage.read(1), stage.read(2))
        # Each has used 2 tokens of prompt and 3 of output, whatever it was allowed.
        assert stage.value("admission_share", tenant="default", priority="batch") == 0.5
        stage.engines["w0"].scripts = [[script.Step(forever=True)]]
        await stage.submit(3, deadline_ms=2000)
        await stage.submit(4)
        await stage.read(3)
        stage.cancel(4)
        assert stage.value("deadlines_met_ratio", priority="interactive") == 0.5
        assert stage.value("deadlines_met_ratio", priority="batch") == 1

    play(scene)


@pytest.mark.requirement("OC-CORE-1034")
def test_a_strict_task_and_who_is_behind_it_are_told_that_they_wait(play, script) -> None:
    async def scene(stage) -> None:
        await with_slots(stage, script, 4)
        stage.engines["w0"].scripts = [script.tokens(10, every_ms=50), script.tokens(2), script.tokens(2)]
        first = await stage.submit(1, determinism="strict")
        assert first.forecast.start_ms == 0
        await stage.read(1)
        stage.engines["w0"].scripts = [script.tokens(10, every_ms=50), script.tokens(2), script.tokens(2)]
        await stage.submit(2)
        for number, determinism in ((3, "strict"), (4, None)):
            with pytest.raises(OrchestratorError) as refused:
                await stage.submit(number, determinism=determinism, max_queue_ms=0)
            assert refused.value.code == ErrorCode.ADMISSION_REJECT
            waiting = await stage.submit(number, determinism=determinism)
            assert waiting.forecast.start_ms > 0
        await asyncio.gather(*(stage.read(number) for number in (2, 3, 4)))
        assert stage.value("active_leases") == 0

    play(scene)
