"""Embeddings and rankings from acceptance to their artifact, and whatever can go wrong on the way."""

import asyncio
import json

import pytest

from orchestratord.core.engine_failures import FailureKind
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.watchdog import WatchdogLimits
from orchqueue_contract.errors import ErrorCode

EMBEDDING = {"workload": "embedding", "prompt": "", "max_tokens": 0, "inputs": ("a", "bcd")}
RANKING = {"workload": "rerank", "prompt": "query", "max_tokens": 0, "inputs": ("a", "bcd")}


def content_of(stage, events):
    artifact = stage.store.get("default", events[-1][2]["artifact"])
    assert artifact.kind == "other"
    return json.loads(artifact.content)


@pytest.mark.requirement("OC-CTRL-2073")
@pytest.mark.parametrize("slow", [False, True])
def test_the_result_is_an_artifact(play, script, slow) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(5)]]
        await stage.submit(1, **EMBEDDING)
        events = await stage.read(1)
        assert [name for _, name, _ in events] == ["started", "end"]
        last = events[-1][2]
        assert (last["tokens_out"], last["decode_ms"], last["finish_reason"]) == (0, 0, "stop")
        assert content_of(stage, events) == {"embeddings": [[1, 0.5], [3, 0.5]]}
        assert stage.store.size("default", last["transcript"]) is not None
        await stage.submit(2, **RANKING)
        assert content_of(stage, await stage.read(2)) == {"scores": [1, 3]}
        assert stage.engines["w0"].asked == [("embed", "a", "bcd"), ("rerank", "query", "a", "bcd")]
        assert stage.value("tokens_in_total") == 7 + 4
        assert stage.value("tokens_out_total") == 0
        assert stage.value("tasks_finished_total", outcome="end") == 2
        assert stage.value("latency_first_token_ms_count") == 0

    play(scene, disk=script.Disk(5) if slow else None)


@pytest.mark.requirement("OC-CTRL-2073")
def test_there_is_no_first_token_to_be_late(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(900)]]
        await stage.submit(1, **EMBEDDING)
        assert (await stage.read(1))[-1][1] == "end"
        stage.engines["w0"].scripts = [[script.Step(1100)]]
        await stage.submit(2, **EMBEDDING)
        events = await stage.read(2)
        assert events[-1][2]["code"] == "DECODE_TIMEOUT"
        await asyncio.sleep(0.01)
        assert stage.engines["w0"].closed_early == 1

    play(scene, watchdog=WatchdogLimits(wall_ms=1000, first_token_ms=100, idle_ms=100))


@pytest.mark.requirement("OC-CTRL-2073")
@pytest.mark.parametrize("moment_ms", [1, 25, 45])
def test_a_cancel_ends_it_at_the_engine_or_in_the_store(play, script, moment_ms) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(20)]]
        job = await stage.submit(1, **EMBEDDING)
        await asyncio.sleep(moment_ms / 1000)
        assert stage.cancel(1) == "canceled-running"
        await stage.told(1)
        events = await stage.read(1)
        assert events[-1][2]["finish_reason"] == "canceled"
        assert "artifact" not in events[-1][2]
        assert stage.engines["w0"].closed_early == (moment_ms < 20)
        assert job.lease is None

    play(scene, disk=script.Disk(30))


@pytest.mark.requirement("OC-CTRL-2073")
def test_it_is_tried_again_as_a_completion_is(play, script) -> None:
    async def scene(stage) -> None:
        for engine in stage.engines.values():
            engine.scripts = [
                [script.Step(1, failure=script.EngineFailure(FailureKind.UNREACHABLE, "x"))],
                [script.Step(1)],
            ]
        stage.engines["w1"].scripts = [[script.Step(1)]]
        await stage.submit(1, **EMBEDDING)
        events = await stage.read(1)
        assert events[-1][1] == "end"
        assert stage.engines["w1"].asked

    play(scene, workers=2)


@pytest.mark.requirement("OC-CTRL-2073")
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FailureKind.REFUSED, "INVALID_PARAMS"),
        (FailureKind.MALFORMED, "INTERNAL"),
        (FailureKind.UNREACHABLE, "REPLICA_EXHAUSTED"),
        (FailureKind.FAULT, "INTERNAL"),
    ],
)
def test_engines_fail_it_as_they_fail_a_completion(play, script, kind, code) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(1, failure=script.EngineFailure(kind, "scripted"))]]
        await stage.submit(1, **RANKING)
        events = await stage.read(1)
        assert events[-1][2]["code"] == code
        assert stage.store.size("default", events[-1][2]["transcript"]) is not None

    play(scene)


@pytest.mark.requirement("OC-CTRL-2073")
def test_a_result_that_cannot_be_kept_is_an_error(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(1)]]
        await stage.submit(1, **EMBEDDING)
        events = await stage.read(1)
        assert events[-1][2]["code"] == "INTERNAL"
        (line,) = stage.events("artifacts.failed")
        assert line["job_id"] == events[0][2]["job_id"]

    play(scene, disk=script.Disk(None), defects_of=("transcript.lost", "artifacts.failed"))


@pytest.mark.requirement("OC-CTRL-2074")
def test_a_pool_takes_what_its_engines_can_do(play, script) -> None:
    async def scene(stage) -> None:
        for engine, can in (("w0", {"completion"}), ("w1", {"completion", "embedding"})):
            stage.engines[engine].facts = script.EngineFacts("test-1", 1, 4096, workloads=frozenset(can))
            stage.engines[engine].scripts = [[script.Step(5)]]
        await asyncio.sleep(2.1)
        told = {one.workloads for one in stage.service.replica_sets()}
        assert told == {("completion",), ("completion", "embedding")}
        await asyncio.gather(*(stage.submit(number, **EMBEDDING) for number in range(3)))
        await asyncio.gather(*(stage.read(number) for number in range(3)))
        assert not stage.engines["w0"].asked
        assert len(stage.engines["w1"].asked) == 3
        with pytest.raises(OrchestratorError) as refused:
            await stage.submit(9, **RANKING)
        assert refused.value.code is ErrorCode.INVALID_PARAMS
        assert refused.value.details[0].pointer == "/workload"

    play(scene, workers=2)


@pytest.mark.requirement("OC-CTRL-2074")
def test_a_pool_takes_no_more_than_it_is_told_to(play) -> None:
    async def scene(stage) -> None:
        with pytest.raises(OrchestratorError) as refused:
            await stage.submit(1, **EMBEDDING)
        assert refused.value.details[0].pointer == "/workload"
        assert [one.workloads for one in stage.service.replica_sets()] == [("completion",)]

    play(scene, workloads=("completion",))


@pytest.mark.requirement("OC-CORE-1020")
def test_each_input_has_to_fit_by_itself(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(1)]]
        stage.engines["w0"].token_count = 4097
        many = {**EMBEDDING, "inputs": ("x" * 4000,) * 50}
        await stage.submit(1, **many)
        assert (await stage.read(1))[-1][1] == "end"
        with pytest.raises(OrchestratorError) as refused:
            await stage.submit(2, **{**EMBEDDING, "inputs": ("a", "x" * 4 * 4000, "b")})
        assert refused.value.details[0].pointer == "/inputs/1"
        with pytest.raises(OrchestratorError) as refused:
            await stage.submit(3, **{**RANKING, "prompt": "y" * 20_000, "inputs": ("a", "bc")})
        assert refused.value.details[0].pointer == "/inputs/1"
        stage.engines["w0"].token_count = 10
        await stage.submit(4, **{**EMBEDDING, "inputs": ("a", "x" * 4 * 4000, "b")})
        assert (await stage.read(4))[-1][1] == "end"

    play(scene)


def test_starts_are_predicted_from_what_was_measured(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(40)]]
        for number in range(8):
            await stage.submit(number, **RANKING)
            await stage.read(number)
        job = await stage.submit(9, **RANKING)
        assert job.forecast.service_ms == pytest.approx(40, rel=0.3)
        await stage.read(9)

    play(scene)
