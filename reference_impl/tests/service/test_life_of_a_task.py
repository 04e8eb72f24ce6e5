"""Tasks from acceptance to their last event, on engines that do as they are told."""

import asyncio

import pytest

from orchestratord.core.engine_failures import FailureKind
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.tasks import TaskKey
from orchestratord.core.watchdog import WatchdogLimits
from orchestratord.service import QueuePlan, StreamsPlan
from orchqueue_contract.errors import ErrorCode


def names(events) -> list[str]:
    return [event for _, event, _ in events]


async def refusal(stage, number, **changes) -> OrchestratorError:
    with pytest.raises(OrchestratorError) as refused:
        await stage.submit(number, **changes)
    return refused.value


def test_a_task_runs_to_its_end(play) -> None:
    async def scene(stage) -> None:
        job = await stage.submit(1)
        events = await stage.read(1)
        assert names(events) == ["started", "token", "metrics", "token", "token", "metrics", "end"]
        assert [number for number, _, _ in events] == list(range(7))
        assert events[0][2]["job_id"] == job.job_id
        transcript = events[-1][2].pop("transcript")
        assert events[-1][2] == {"tokens_out": 3, "decode_ms": 2, "finish_reason": "length"}
        assert transcript.startswith("sha256:")
        assert stage.value("tasks_finished_total", outcome="end") == 1
        assert stage.value("tokens_out_total", replica_id="w0") == 3
        assert stage.value("tokens_in_total") == 2
        for series in ("queue_wait_ms", "latency_first_token_ms", "latency_decode_ms"):
            assert stage.value(f"{series}_count") == 1
        assert len(stage.events("task.admitted")) == len(stage.events("task.finished")) == 1

    play(scene)


@pytest.mark.requirement("OC-CTRL-2020")
def test_no_time_passes_between_a_token_and_its_readers(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(40, every_ms=7)]
        loop = asyncio.get_running_loop()

        async def arrivals(job) -> list[float]:
            """When each token arrived, in milliseconds from the dispatch."""
            at: list[float] = []
            async for piece in stage.service.follow(job.key, None, "key"):
                at += [loop.time() * 1000 - job.started_ms] * piece.count(b"event: token")
            return at

        job = await stage.submit(1, max_tokens=40)
        for at in await asyncio.gather(*(arrivals(job) for _ in range(3))):
            assert at == pytest.approx([7 * number for number in range(1, 41)], abs=0.001)

    play(scene)


def test_counters_are_settled_before_the_end_can_be_read(play) -> None:
    async def scene(stage) -> None:
        job = await stage.submit(1)
        while not job.log.closed:
            await job.bell.wait(10)
        assert stage.value("tasks_finished_total") == 1
        assert stage.value("active_leases") == 0

    play(scene)


def test_slots_bound_what_runs_and_the_queue_keeps_its_order(play, script) -> None:
    async def scene(stage) -> None:
        for number in range(6):
            job = await stage.submit(number, priority="batch" if number == 2 else "interactive")
            assert job.forecast.position == max(0, number - 3)
        assert stage.value("queue_depth", priority="interactive") == 3
        await asyncio.gather(*(stage.read(number) for number in range(6)))
        assert stage.engines["w0"].most_open == 2
        started = [line["task_id"][-1] for line in stage.events("task.started")]
        assert started == ["0", "1", "3", "4", "5", "2"]

    play(scene)


@pytest.mark.requirement("OC-CORE-1053")
def test_an_aged_batch_task_is_not_passed_any_more(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(1, every_ms=100)]
        for number in (0, 1):
            await stage.submit(number)
        await stage.submit(2, priority="batch")
        for number in range(3, 9):
            await asyncio.sleep(0.02)
            await stage.submit(number)
        await asyncio.gather(*(stage.read(number) for number in range(9)))
        started = [int(line["task_id"][-1]) for line in stage.events("task.started")]
        assert started.index(2) < started.index(6)

    play(scene, queue=QueuePlan(age_ms=50))


def test_submitting_again_runs_once_and_answers_alike(play) -> None:
    async def scene(stage) -> None:
        first = await stage.submit(1)
        assert await stage.submit(1) is first
        await stage.read(1)
        assert await stage.submit(1) is first
        error = await refusal(stage, 1, prompt="other")
        assert error.code is ErrorCode.TASK_CONFLICT
        assert len(stage.engines["w0"].requests) == 1
        assert stage.value("tasks_enqueued_total") == 1

    play(scene)


def test_submitting_again_while_the_tokenizer_is_asked(play) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].token_count = 5
        changes = {"prompt": "x" * 4 * 4000, "max_tokens": 100}
        jobs = await asyncio.gather(*(stage.submit(1, **changes) for _ in range(3)))
        assert len(set(map(id, jobs))) == 1
        assert jobs[0].tokens_in == 5
        stage.engines["w0"].token_count = 4096
        outcomes = await asyncio.gather(
            *(stage.submit(2, **changes) for _ in range(3)), return_exceptions=True
        )
        assert [outcome.code for outcome in outcomes] == [ErrorCode.INVALID_PARAMS] * 3
        assert await stage.submit(2) is not None

    play(scene)


def test_tenants_do_not_see_each_other(play) -> None:
    async def scene(stage) -> None:
        job = await stage.submit(1)
        with pytest.raises(OrchestratorError) as unknown:
            stage.service.cancel(TaskKey("other", job.key.task_id))
        assert unknown.value.code is ErrorCode.NOT_FOUND

    play(scene)


@pytest.mark.parametrize(
    ("policy", "victim", "code"),
    [("drop-lru", 2, "QUEUE_FULL_DROP_LRU"), ("shed-low-priority", 3, "ADMISSION_REJECT")],
)
def test_who_gives_up_a_place_is_told(play, script, policy, victim, code) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(3, every_ms=50)]
        for number in range(4):
            await stage.submit(number, priority="batch")
        await stage.submit(4)
        events = await stage.read(victim)
        assert names(events) == ["error"]
        error = events[0][2]
        assert (error["code"], error["policy_label"], error["retriable"]) == (code, policy, True)
        assert error["retry_after_ms"] >= 50
        assert stage.value("tasks_rejected_total", reason=code) == 1
        assert stage.value("admission_backpressure_events_total", policy=policy) == 1
        assert stage.value("tasks_finished_total", outcome=code) == 1

    play(scene, queue=QueuePlan(2, policy))


def test_a_deadline_that_passes_in_the_queue(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(3, every_ms=300)]
        for number in range(2):
            await stage.submit(number)
        await stage.submit(2, deadline_ms=500)
        assert [(name, data["code"]) for _, name, data in await stage.read(2)] == [
            ("error", "DEADLINE_UNMET")
        ]
        assert stage.value("tasks_canceled_total", reason="deadline") == 1
        assert len(stage.engines["w0"].requests) == 2

    play(scene)


def test_a_deadline_that_passes_in_flight_frees_the_slot(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(100, every_ms=10)]
        await stage.submit(1, deadline_ms=105, max_tokens=100)
        events = await stage.read(1)
        assert events[-1][2]["code"] == "DEADLINE_UNMET"
        assert names(events).count("token") == 10
        await asyncio.sleep(0)
        assert stage.engines["w0"].closed_early == 1

    play(scene)


@pytest.mark.requirement("OC-CTRL-2016")
def test_no_patience_is_needed_where_a_slot_is_free(play) -> None:
    async def scene(stage) -> None:
        await stage.submit(1, max_queue_ms=0)
        assert names(await stage.read(1))[-1] == "end"

    play(scene)


def test_patience_that_ends_in_the_queue(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(3, every_ms=3000)]
        for number in range(2):
            await stage.submit(number)
        await stage.submit(2, max_queue_ms=2000)
        assert (await refusal(stage, 3, max_queue_ms=1)).code is ErrorCode.ADMISSION_REJECT
        error = (await stage.read(2))[0][2]
        assert error["code"] == "ADMISSION_REJECT"
        assert error["retry_after_ms"] > 0

    play(scene, watchdog=WatchdogLimits(idle_ms=10_000))


@pytest.mark.parametrize(
    ("steps", "after_ms"),
    [
        ("stall", 30_000),
        ("stall after a token", 5_001),
        ("never ending", 600_000),
    ],
)
def test_the_watchdog_ends_what_hangs(play, script, steps, after_ms) -> None:
    scripts = {
        "stall": [script.Step(forever=True)],
        "stall after a token": [*script.tokens(1, end=False), script.Step(forever=True)],
        "never ending": script.tokens(2000, every_ms=1000, end=False),
    }

    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [scripts[steps]]
        job = await stage.submit(1, max_tokens=4000)
        events = await stage.read(1)
        assert events[-1][2]["code"] == "DECODE_TIMEOUT"
        assert events[-1][2]["retriable"] is True
        assert job.ended_ms - job.accepted_ms == pytest.approx(after_ms, abs=5)
        assert stage.value("tasks_canceled_total", reason="watchdog") == 1

    play(scene)


def test_metrics_events_come_every_16_tokens_or_every_second(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(33), script.tokens(3, every_ms=2400)]
        await stage.submit(1, max_tokens=40)
        fast = names(await stage.read(1))
        assert [fast[:number].count("token") for number, name in enumerate(fast) if name == "metrics"] == [
            1,
            17,
            33,
        ]
        await stage.submit(2)
        slow = names(await stage.read(2))
        assert slow == [
            *("started", "token", "metrics", "metrics", "metrics"),
            *("token", "metrics", "metrics", "token", "metrics", "end"),
        ]

    play(scene)


@pytest.mark.requirement("OC-ADAPT-5080")
@pytest.mark.parametrize("kind", [FailureKind.UNREACHABLE, FailureKind.BROKEN])
def test_a_lost_engine_is_retried_elsewhere_and_only_before_a_token(play, script, kind) -> None:
    failing = script.EngineFailure(kind, "gone")

    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(0, failure=failing)], script.tokens(3)]
        stage.engines["w1"].scripts = [script.tokens(3)]
        await stage.submit(1)
        events = await stage.read(1)
        assert names(events)[-1] == "end"
        assert names(events).count("started") == 1
        assert next(data["replica_id"] for _, name, data in events if name == "metrics") == "w1"
        assert len(stage.engines["w1"].requests) == 1
        stage.engines["w0"].scripts = [[*script.tokens(1, end=False), script.Step(0, failure=failing)]]
        await asyncio.sleep(2)
        await stage.submit(2, session_id="another, which knows no replica")
        assert (await stage.read(2))[-1][2]["code"] == "WORKER_RESET"

    play(scene, workers=2)


def test_no_replica_left(play, script) -> None:
    gone = [script.Step(0, failure=script.EngineFailure(FailureKind.UNREACHABLE, "gone"))]

    async def scene(stage) -> None:
        for engine in stage.engines.values():
            engine.scripts = [gone]
        await stage.submit(1)
        error = (await stage.read(1))[-1][2]
        assert error["code"] == "REPLICA_EXHAUSTED"
        assert error["retry_after_ms"] > 0

    play(scene, workers=2)


@pytest.mark.parametrize(("times", "last"), [(2, "end"), (3, "error")])
def test_a_fault_is_tried_again_a_bounded_number_of_times(play, script, times, last) -> None:
    fault = [script.Step(0, failure=script.EngineFailure(FailureKind.FAULT, "status 500"))]

    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [*[fault] * times, script.tokens(3)]
        await stage.submit(1)
        events = await stage.read(1)
        assert names(events)[-1] == last
        assert len(stage.engines["w0"].requests) == 3
        if last == "error":
            assert events[-1][2]["code"] == "INTERNAL"

    play(scene)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FailureKind.REFUSED, "INVALID_PARAMS"),
        (FailureKind.STREAM_ERROR, "INTERNAL"),
        (FailureKind.MALFORMED, "INTERNAL"),
    ],
)
def test_failures_are_told_by_kind(play, script, kind, code) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(0, failure=script.EngineFailure(kind, "what happened"))]]
        await stage.submit(1)
        error = (await stage.read(1))[-1][2]
        assert (error["code"], error["engine"], error["pool_id"]) == (code, "llamacpp", "pool")
        assert len(stage.engines["w0"].requests) == 1

    play(scene)


def test_a_busy_engine_is_asked_again_and_the_order_kept(play, script) -> None:
    busy = [script.Step(0, failure=script.EngineFailure(FailureKind.BUSY, "no slot"))]

    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [busy, busy, busy, script.tokens(2), script.tokens(3)]
        for number in range(3):
            await stage.submit(number)
        events = await asyncio.gather(*(stage.read(number) for number in range(3)))
        assert [names(one)[-1] for one in events] == ["end"] * 3
        assert [names(one).count("started") for one in events] == [1, 1, 1]
        assert all(worker.health.ready for worker in stage.service.pools["pool"].workers.values())
        assert stage.value("tasks_started_total") == 3

    play(scene)


def test_a_loading_engine_is_waited_for(play, script) -> None:
    loading = script.EngineFailure(FailureKind.NOT_READY, "loading")

    async def scene(stage) -> None:
        engine = stage.engines["w0"]
        engine.scripts = [[script.Step(0, failure=loading)], script.tokens(3)]
        engine.probe_failure = loading
        await stage.submit(1)
        await asyncio.sleep(2)
        assert stage.value("pool_ready") == 0
        assert (await refusal(stage, 2)).code is ErrorCode.POOL_UNREADY
        engine.probe_failure = None
        assert names(await stage.read(1))[-1] == "end"

    play(scene)


def test_a_pool_without_news_becomes_unready(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].probe_failure = script.EngineFailure(FailureKind.FAULT, "no answer")
        await asyncio.sleep(2.5)
        assert stage.value("pool_ready") == 1
        await asyncio.sleep(1.5)
        assert stage.value("pool_ready") == 0
        assert stage.events("worker.unready")[0]["reason"] == "no heartbeat in time"

    play(scene)


def test_an_engine_that_takes_long_to_answer_is_not_silent(play) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].probe_ms = 1_900
        await asyncio.sleep(2.5)
        stage.engines["w0"].probe_ms = 2_500
        await asyncio.sleep(30)
        assert stage.value("pool_ready") == 1
        assert not stage.events("worker.unready")

    play(scene)


def test_shutdown_ends_what_waits_and_lets_run_what_runs(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(5, every_ms=100), script.tokens(50, every_ms=100)]
        for number in range(3):
            await stage.submit(number, max_tokens=50)
        readers = [asyncio.ensure_future(stage.read(number)) for number in range(3)]
        await asyncio.sleep(0.01)
        stopping = asyncio.ensure_future(stage.service.shutdown())
        await asyncio.sleep(0)
        assert (await refusal(stage, 4)).code is ErrorCode.POOL_UNAVAILABLE
        assert (await refusal(stage, 5, max_tokens=10**9)).code is ErrorCode.INVALID_PARAMS
        finished, cut, waited = await asyncio.gather(*readers)
        await stopping
        assert names(finished)[-1] == "end"
        assert cut[-1][2]["code"] == waited[-1][2]["code"] == "POOL_UNAVAILABLE"
        assert names(waited) == ["error"]
        assert stage.value("tasks_canceled_total", reason="shutdown") == 2

    play(scene, grace_ms=1000)


@pytest.mark.requirement("OC-CTRL-2070")
def test_what_would_have_to_run_again_is_ended_by_a_stop(play, script) -> None:
    async def scene(stage) -> None:
        gone = script.Step(100, failure=script.EngineFailure(FailureKind.FAULT, "it fails"))
        stage.engines["w0"].scripts = [[gone], script.tokens(3)]
        await stage.submit(1)
        reader = asyncio.ensure_future(stage.read(1))
        await asyncio.sleep(0.01)
        begun = asyncio.get_running_loop().time()
        await stage.service.shutdown()
        assert asyncio.get_running_loop().time() - begun < 1
        events = await reader
        assert (names(events), events[-1][2]["code"]) == (["started", "error"], "POOL_UNAVAILABLE")
        assert len(stage.engines["w0"].requests) == 1
        assert stage.value("tasks_canceled_total", reason="shutdown") == 1

    play(scene, grace_ms=600_000, retries=2)


def test_tasks_are_forgotten_whole(play) -> None:
    async def scene(stage) -> None:
        first = await stage.submit(1)
        await stage.read(1)
        await asyncio.sleep(0.9)
        assert await stage.read(1)
        await asyncio.sleep(0.2)
        with pytest.raises(OrchestratorError):
            await stage.read(1)
        assert await stage.submit(1) is not first

    play(scene, streams=StreamsPlan(retain_ms=1000))


def test_the_least_loaded_replica_gets_the_task(play, script) -> None:
    async def scene(stage) -> None:
        for engine in stage.engines.values():
            engine.scripts = [script.tokens(3, every_ms=50)]
        for number in range(4):
            await stage.submit(number)
        replicas = [line["replica_id"] for line in stage.events("task.started")]
        assert replicas == ["w0", "w1", "w0", "w1"]

    play(scene, workers=2)


@pytest.mark.requirement("OC-CTRL-2014")
def test_a_burst_beyond_the_bound_reaches_a_reader_that_keeps_up(play, script) -> None:
    async def scene(stage) -> None:
        words = tuple(f"word-{number} " for number in range(400))
        stage.engines["w0"].scripts = [
            [
                script.Step(5, script.Chunk(words, 400)),
                script.Step(5, script.Chunk((), 400, script.Finished("length", 400, 2))),
            ]
        ]
        await stage.submit(1)
        events = await stage.read(1)
        assert [event[0] for event in events] == list(range(len(events)))
        assert sum(event[1] == "token" for event in events) == 400
        assert events[-1][1] == "end"
        with pytest.raises(OrchestratorError) as gone:
            await stage.read(1)
        assert gone.value.code is ErrorCode.EVENTS_GONE

    play(scene, streams=StreamsPlan(max_bytes=2048))


def test_a_kept_stream_comes_in_pieces(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(4000, every_ms=0)]
        job = await stage.submit(1)
        whole = await stage.read(1)
        stream = stage.service.follow(job.key, None, "key")
        pieces = [piece async for piece in stream]
        assert len(pieces) > 1
        assert max(map(len, pieces)) < 2 * 64 * 1024
        assert b"".join(pieces).count(b"\nevent: ") == len(whole)

    play(scene)


@pytest.mark.requirement("OC-CTRL-2013")
def test_what_is_kept_of_an_ended_task_does_not_grow_with_its_prompt(play) -> None:
    async def scene(stage) -> None:
        job = await stage.submit(1, prompt="PROMPT")
        await stage.read(1)
        assert "PROMPT" not in repr(job.spec)
        assert await stage.submit(1, prompt="PROMPT") is job
        assert await refusal(stage, 1, prompt="OTHER") is not None
        assert (await refusal(stage, 1, prompt=job.spec.prompt)).code is ErrorCode.TASK_CONFLICT

    play(scene)


def test_a_server_that_stops_asks_no_engine_for_sizes(play) -> None:
    async def scene(stage) -> None:
        await stage.service.shutdown()
        stage.engines["w0"].count_tokens = None  # a closed adapter cannot be asked
        refused = await refusal(stage, 1, prompt="x" * 16000, max_tokens=90)
        assert refused.code is ErrorCode.POOL_UNAVAILABLE

    play(scene)
