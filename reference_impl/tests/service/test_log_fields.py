"""Each log line about a task carries what is known of the task by then, under the names of the list."""

import asyncio

import pytest

from orchestratord.core.budgets import Budgets
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.errors import OrchestratorError
from orchestratord.service import SessionsPlan

LINE = {"ts", "level", "event", "correlation_id"}
ASKED = {
    "tenant_id",
    "key_id",
    "task_id",
    "session_id",
    "engine",
    "model_id",
    "ctx",
    "priority",
    "deadline_ms",
}
ADMITTED = {
    *LINE,
    *ASKED,
    *("job_id", "pool_id", "engine_version", "quant", "weight", "tokens_in"),
    *("queue_position", "predicted_start_ms", "on_time_probability"),
}
STARTED = {*ADMITTED, "replica_id", "queue_time_ms", "kv_warmth", "preempted"}
SPOKEN = {*STARTED, "tokens_out", "first_token_ms", "decode_time_ms"}


def fields(stage, event: str) -> set[str]:
    (line,) = stage.events(event)
    return set(line)


@pytest.mark.requirement("ORCH-3027")
def test_a_task_that_comes_to_its_end(play) -> None:
    async def scene(stage) -> None:
        await stage.submit(1)
        await stage.read(1)
        assert fields(stage, "task.admitted") == ADMITTED
        assert fields(stage, "task.started") == STARTED
        assert fields(stage, "task.finished") == SPOKEN
        assert {line["correlation_id"] for line in stage.lines if "task_id" in line} == {"corr"}
        assert len({line["job_id"] for line in stage.lines if "task_id" in line}) == 1

    play(scene, quant="q4")


@pytest.mark.requirement("ORCH-3027")
def test_a_task_that_is_tried_again_and_fails(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [
            [script.Step(1, failure=EngineFailure(FailureKind.FAULT, "the engine failed"))],
            [
                *script.tokens(1, end=False),
                script.Step(1, failure=EngineFailure(FailureKind.BROKEN, "it broke")),
            ],
        ]
        await stage.submit(1)
        await stage.read(1)
        assert fields(stage, "task.put-back") == {*STARTED, "reason"}
        assert fields(stage, "task.failed") == {*SPOKEN, "code"}

    play(scene, quant="q4", retries=1)


@pytest.mark.requirement("ORCH-3027")
def test_a_task_that_is_cancelled_before_and_after_its_first_token(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[*script.tokens(1, end=False), script.Step(forever=True)]]
        for number in range(3):
            await stage.submit(number)
        await asyncio.sleep(0.1)
        for number in range(3):
            stage.cancel(number)
            await stage.told(number)
        spoken, _, waited = stage.events("task.canceled")
        assert set(spoken) == {*SPOKEN, "reason"}
        assert set(waited) == {*ADMITTED, "tokens_out", "decode_time_ms", "reason"}

    play(scene, quant="q4")


@pytest.mark.requirement("ORCH-3027")
def test_a_task_that_is_refused(play) -> None:
    async def scene(stage) -> None:
        with pytest.raises(OrchestratorError):
            await stage.submit(1, max_tokens=10**9)
        assert fields(stage, "task.refused") == {*LINE, *ASKED, "pool_id", "code"}

    play(scene, sessions=SessionsPlan(budgets=Budgets()))
