"""What a task leaves behind: its events as an artifact, before its last one can be read."""

import asyncio
import json

import pytest

from orchestratord.core.artifacts import canonical
from orchestratord.core.engine_failures import FailureKind
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.tasks import TaskKey
from orchestratord.service import ArtifactsPlan, Draft, QueuePlan, StreamsPlan
from orchqueue_contract.errors import ErrorCode


def transcript_of(events):
    """The id that the last event names."""
    return events[-1][2].get("transcript")


def kept(stage, artifact_id):
    artifact = stage.store.get("default", artifact_id)
    assert artifact is not None
    return artifact, json.loads(artifact.content)


def as_events(events):
    """What was read, as a transcript holds it."""
    members = [{"id": number, "event": name, "data": dict(data)} for number, name, data in events]
    members[-1]["data"].pop("transcript", None)
    return members


@pytest.mark.requirement("OC-CTRL-2067")
@pytest.mark.parametrize("slow", [False, True])
def test_a_transcript_is_what_was_read(play, script, slow) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [
            script.tokens(40),
            [
                *script.tokens(2, end=False),
                script.Step(0, failure=script.EngineFailure(FailureKind.BROKEN, "x")),
            ],
        ]
        for number, last in ((1, "end"), (2, "error")):
            job = await stage.submit(number)
            events = await stage.read(number)
            assert events[-1][1] == last
            artifact, content = kept(stage, transcript_of(events))
            assert content == {"events": as_events(events)}
            assert artifact.kind == "trace"
            assert artifact.metadata == {"task_id": job.key.task_id, "job_id": job.job_id}

    play(scene, disk=script.Disk(5) if slow else None)


@pytest.mark.requirement("OC-CTRL-2067")
@pytest.mark.parametrize("slow", [False, True])
def test_a_cancelled_task_leaves_its_transcript_too(play, script, slow) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(1000)]
        await stage.submit(1)
        await asyncio.sleep(0.02)
        assert stage.cancel(1) == "canceled-running"
        await stage.told(1)
        first, second = await stage.read(1), await stage.read(1)
        assert first == second
        _, content = kept(stage, transcript_of(first))
        assert content == {"events": as_events(first)}

    play(scene, disk=script.Disk(30) if slow else None)


@pytest.mark.requirement("OC-CTRL-2067")
def test_a_task_that_never_started_leaves_none(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(1000)]
        for number in range(4):
            await stage.submit(number, priority="batch")
        events = await stage.read(2)
        assert events[0][2]["code"] == "QUEUE_FULL_DROP_LRU"
        assert "transcript" not in events[0][2]
        for number in (0, 1, 3):
            stage.cancel(number)

    play(scene, queue=QueuePlan(1, "drop-lru"))


def test_what_was_trimmed_is_counted(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(200)]
        job = await stage.submit(1)
        await stage.told(1)
        data, _ = job.log.since(job.log.first_id)
        transcript = json.loads(data.split(b"data: ")[-1])["transcript"]
        _, content = kept(stage, transcript)
        assert content["missing"] > 0
        assert [event["id"] for event in content["events"]] == list(
            range(content["missing"], job.log.next_id)
        )

    play(scene, streams=StreamsPlan(max_bytes=2048))


@pytest.mark.requirement("OC-CTRL-2012")
def test_nothing_can_follow_while_a_transcript_is_written(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(1000)]
        job = await stage.submit(1)
        await asyncio.sleep(0.01)
        assert stage.cancel(1) == "canceled-running"
        assert job.ended
        assert not job.log.closed
        assert stage.cancel(1) == "already-finished"
        sealed_at = job.log.next_id
        with pytest.raises(ValueError, match="terminal"):
            job.log.append("token", b"{}")
        # What it held is free, and a task that comes now runs, while nobody is told of the end.
        assert stage.value("active_leases") == 0
        assert stage.value("tasks_finished_total") == 1
        reader = asyncio.ensure_future(stage.read(1))
        await asyncio.sleep(0.1)
        assert not reader.done()
        # Submitted again it is known, and follows on from where its reader is.
        assert await stage.submit(1) is job
        events = await reader
        assert events[-1][0] == sealed_at
        assert events == await stage.read(1)

    play(scene, disk=script.Disk(500))


@pytest.mark.requirement("OC-CTRL-2067")
def test_a_store_that_fails_costs_no_task_its_end(play, script) -> None:
    async def scene(stage) -> None:
        await stage.submit(1)
        events = await stage.read(1)
        assert events[-1][2] == {"tokens_out": 3, "decode_ms": 2, "finish_reason": "length"}
        (line,) = stage.events("transcript.lost")
        assert line["level"] == "error"
        assert "No space left" in line["reason"]
        assert line["job_id"] == events[0][2]["job_id"]

    play(scene, disk=script.Disk(None), defects_of=("transcript.lost",))


@pytest.mark.requirement("OC-CTRL-2067")
def test_a_store_that_hangs_costs_no_task_its_end(play, script) -> None:
    async def scene(stage) -> None:
        await stage.submit(1)
        events = await stage.read(1)
        assert transcript_of(events) is None
        (line,) = stage.events("transcript.lost")
        assert "longer than 10 s" in line["reason"]

    play(scene, disk=script.Disk(60_000), defects_of=("transcript.lost",))


@pytest.mark.requirement("OC-CTRL-2067")
@pytest.mark.parametrize("slow", [False, True])
def test_a_full_store_costs_no_task_its_end(play, script, slow) -> None:
    async def scene(stage) -> None:
        draft = Draft("plan", lambda: canonical({"x": "y" * 800}), 800)
        await stage.service.archive.store("default", draft, "corr")
        await stage.submit(1)
        events = await stage.read(1)
        assert transcript_of(events) is None
        (line,) = stage.events("transcript.lost")
        assert line["level"] == "warning"
        with pytest.raises(OrchestratorError) as full:
            await stage.service.archive.store(
                "default", Draft("plan", lambda: canonical({"x": "z" * 800}), 800), "corr"
            )
        assert full.value.code is ErrorCode.QUOTA_EXCEEDED
        assert full.value.retry_after_ms == 60_000

    play(scene, artifacts=ArtifactsPlan(max_bytes=1600), disk=script.Disk(3) if slow else None)


@pytest.mark.parametrize("slow", [False, True])
def test_transcripts_are_forgotten_in_time(play, script, slow) -> None:
    async def scene(stage) -> None:
        draft = Draft("plan", lambda: canonical({"a": 1}), 10)
        plan = await stage.service.archive.store("default", draft, "corr")
        ids = []
        for number in range(3):
            await stage.submit(number)
            ids.append(transcript_of(await stage.read(number)))
            await asyncio.sleep(0.4)
        assert all(stage.store.size("default", one) is not None for one in ids)
        await asyncio.sleep(0.4)
        assert [stage.store.size("default", one) is not None for one in ids] == [False, True, True]
        await asyncio.sleep(2)
        assert not any(stage.store.size("default", one) is not None for one in ids)
        assert stage.store.size("default", plan.id) is not None
        with pytest.raises(OrchestratorError) as gone:
            await stage.service.archive.read("default", ids[0], "corr")
        assert gone.value.code is ErrorCode.NOT_FOUND

    play(scene, artifacts=ArtifactsPlan(trace_retain_ms=1_500), disk=script.Disk(1) if slow else None)


def test_an_unknown_parent_is_the_senders_fault(play) -> None:
    async def scene(stage) -> None:
        draft = Draft("plan", lambda: b"{}", 2, parent="sha256:" + "0" * 64)
        with pytest.raises(OrchestratorError) as unknown:
            await stage.service.archive.store("default", draft, "corr")
        assert unknown.value.code is ErrorCode.INVALID_PARAMS
        assert unknown.value.details[0].pointer == "/parent"

    play(scene)


def test_what_a_client_waited_for_is_kept_when_it_leaves(play, script) -> None:
    async def scene(stage) -> None:
        draft = Draft("plan", lambda: canonical({"a": 1}), 10)
        storing = asyncio.ensure_future(stage.service.archive.store("default", draft, "corr"))
        await asyncio.sleep(0.01)
        storing.cancel()
        await asyncio.sleep(0.1)
        assert storing.cancelled()
        kept_later = await stage.service.archive.store("default", draft, "corr")
        assert kept_later.created_ms < 1_000_000 + 60

    play(scene, disk=script.Disk(50))


def test_stopping_waits_for_transcripts(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(1000)]
        await stage.submit(1)
        await asyncio.sleep(0.01)
        reader = asyncio.ensure_future(stage.read(1))
        await stage.service.shutdown()
        events = await reader
        assert events[-1][2]["code"] == "POOL_UNAVAILABLE"
        assert kept(stage, transcript_of(events))[1] == {"events": as_events(events)}

    play(scene, disk=script.Disk(300), grace_ms=10)


@pytest.mark.requirement("OC-CTRL-2070")
def test_a_slow_store_costs_nobody_the_end_of_a_stream(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(1000)]
        await stage.submit(1)
        reader = asyncio.ensure_future(stage.read(1))
        await asyncio.sleep(0.01)
        await stage.service.shutdown()
        assert reader.done()
        assert transcript_of(reader.result()) is not None

    play(scene, disk=script.Disk(9000), grace_ms=10)


def test_a_task_is_known_until_its_end_can_be_read(play, script) -> None:
    async def scene(stage) -> None:
        await stage.submit(1)
        await asyncio.sleep(0.3)
        assert stage.events("task.finished")
        assert (await stage.read(1))[-1][1] == "end"
        await asyncio.sleep(0.2)
        with pytest.raises(OrchestratorError):
            stage.service.cancel(TaskKey("default", "00000000-0000-4000-8000-000000000001"))

    play(scene, disk=script.Disk(500), streams=StreamsPlan(retain_ms=50))
