"""One suite over all adapters that have an engine: whatever the engine, the server sees the same."""

import asyncio
from contextlib import aclosing, closing
from dataclasses import replace

import pytest

from orchestratord.adapters import EngineAdapter, Finished
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile
from orchqueue.kit import EngineScript, Gate, free_port
from orchqueue_bdd.deaf import DeafPort

UNTOLD = {"triton", "openai"}  # what tells no context, so that it is configured
VERSIONS = {"openai": "unknown"}


@pytest.mark.requirement("OC-ADAPT-5011")
def test_an_engine_says_what_it_is(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        facts = await one.probe()
        assert facts.version == VERSIONS.get(bench.format, bench.engine.version)
        assert (facts.slots, facts.ctx) == (2, 4096)
        assert facts.model == bench.engine.model
        assert facts.model_digest is None

    bench.run(scene)


def test_what_is_configured_lowers_what_the_engine_tells(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        facts = await one.probe()
        assert facts.slots == 1
        assert facts.ctx == (100 if bench.format != "llamacpp" else 4096)

    bench.run(scene, slots=1, ctx=100)


@pytest.mark.parametrize(
    "script",
    [
        EngineScript(),
        EngineScript(write_size=1),
        EngineScript(write_size=7, line_end="\r\n"),
        EngineScript(write_size=1, line_end="\r"),
        EngineScript(ping_every=1),
        EngineScript(data_space=False),
        EngineScript(data_space=True),
        EngineScript(done_marker=True),
        EngineScript(done_marker=False),
        EngineScript(tokens_per_event=3),
        EngineScript(at_once=True),
    ],
    ids=lambda script: (
        "-".join(
            f"{name}={value!r}"
            for name in (
                "write_size",
                "line_end",
                "ping_every",
                "data_space",
                "done_marker",
                "tokens_per_event",
                "at_once",
            )
            if (value := getattr(script, name)) != getattr(EngineScript(), name)
        )
        or "plain"
    ),
)
@pytest.mark.requirement("OC-ADAPT-5010")
def test_a_stream_is_read_however_it_is_written(bench, script) -> None:
    tokens = ["dä", "s ", b"\xe4\xbd", b"\xa0", " 𝄞"]

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(replace(script, tokens=tokens))
        heard = await bench.generate(one)
        assert heard.text == "däs 你 𝄞"
        assert heard.finished is not None
        assert heard.finished.reason == ("length" if script.tokens_per_event == 1 else heard.finished.reason)
        assert heard.counts == sorted(heard.counts)
        if bench.format != "triton":
            assert heard.finished.tokens_out == 5
            assert heard.finished.reason == "length"

    bench.run(scene)


def test_an_end_before_the_limit_is_a_stop(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(tokens=["a", "b"]))
        heard = await bench.generate(one)
        assert heard.text == "ab"
        assert heard.finished is not None
        assert (heard.finished.reason, heard.finished.at_rest) == ("stop", True)

    bench.run(scene)


def test_tokens_come_as_they_are_made(bench) -> None:
    gate = Gate()

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(tokens=["a", "b", "c"], hold=gate, hold_after=2))
        async with aclosing(one.generation(bench.request).chunks()) as chunks:
            texts = []
            while len(texts) < 2:
                texts += (await asyncio.wait_for(anext(chunks), 60)).texts
            gate.release()
            async for chunk in chunks:
                texts += chunk.texts
        assert texts == ["a", "b", "c"]

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5081")
@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (EngineScript(cut_after=0), FailureKind.BROKEN),
        (EngineScript(cut_after=0, cut_reset=True), FailureKind.BROKEN),
        (EngineScript(bad_chunk_after=0), FailureKind.BROKEN),
        (EngineScript(malformed_after=0), FailureKind.MALFORMED),
        (EngineScript(malformed_after=0, malformed="[1, 2]"), FailureKind.MALFORMED),
        (EngineScript(malformed_after=0, malformed='{"fine": 1}'), FailureKind.MALFORMED),
    ],
    ids=["cut", "reset", "bad-chunk", "no-json", "no-object", "no-item"],
)
def test_failures_of_a_stream(bench, script, kind, after) -> None:
    moved = {
        name: after
        for name in ("cut_after", "bad_chunk_after", "malformed_after")
        if getattr(script, name) == 0
    }

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(replace(script, **moved))
        assert (await bench.failure_of(one)).kind is kind
        assert (await bench.generate(one)).finished is not None

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5081")
@pytest.mark.parametrize(
    "script",
    [
        EngineScript(error_after=3),
        EngineScript(malformed_after=3),
        EngineScript(malformed_after=3, malformed="[1, 2]"),
        EngineScript(malformed_after=3, malformed="x\nno field at all"),
        EngineScript(malformed_after=3, malformed="x\nerror: {}"),
    ],
    ids=["error", "no-json", "no-object", "no-field", "error-line"],
)
def test_what_came_before_a_failure_is_heard_though_they_came_together(bench, script) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(replace(script, tokens=["a", "b", "c", "d"], at_once=True))
        heard: list[str] = []

        async def hear() -> None:
            async with aclosing(one.generation(bench.request).chunks()) as chunks:
                async for chunk in chunks:
                    heard.extend(chunk.texts)

        with pytest.raises(EngineFailure):
            await hear()
        assert "".join(heard) == "abc"

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5081")
def test_a_stream_that_stops_short_is_told_from_one_that_has_ended(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(end_after=2))
        if bench.format == "triton":  # nothing in its stream tells of the end
            assert (await bench.generate(one)).finished is not None
        else:
            assert (await bench.failure_of(one)).kind is FailureKind.BROKEN

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5081")
@pytest.mark.requirement("OC-ADAPT-5084")
@pytest.mark.parametrize("after", [0, 2])
def test_an_error_of_the_engine_is_told_and_its_words_are_not(bench, after) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(error_after=after, error_message="SECRET hello"))
        failure = await bench.failure_of(one)
        assert failure.kind in (FailureKind.FAULT, FailureKind.STREAM_ERROR)
        assert "SECRET" not in failure.message

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5081")
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FailureKind.REFUSED),
        (413, FailureKind.REFUSED),
        (422, FailureKind.REFUSED),
        (424, FailureKind.FAULT),
        (500, FailureKind.FAULT),
        (502, FailureKind.FAULT),
        (401, FailureKind.FAULT),
        (429, FailureKind.BUSY),
        (503, FailureKind.BUSY),
    ],
)
def test_what_a_status_means(bench, status, kind) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(error_status=status, error_message="SECRET"))
        failure = await bench.failure_of(one)
        unwell = status == 503 and bench.format == "tgi"  # which says 429 when it is busy
        assert failure.kind is (FailureKind.NOT_READY if unwell else kind)
        assert "SECRET" not in failure.message

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5082")
def test_a_busy_engine_is_told_from_a_broken_one(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(busy=True))
        assert (await bench.failure_of(one)).kind is FailureKind.BUSY

    bench.run(scene)


def test_an_engine_that_loads_is_not_ready(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(not_ready=True))
        assert (await bench.failure_of(one)).kind is FailureKind.NOT_READY
        bench.engine.ready = False
        with pytest.raises(EngineFailure) as failure:
            await one.probe()
        assert failure.value.kind is FailureKind.NOT_READY

    bench.run(scene)


def test_nobody_there(bench) -> None:
    async def scene() -> None:
        plan = replace(bench.plan, url=f"http://127.0.0.1:{free_port()}")
        async with bench.adapter(plan) as one:
            assert (await bench.failure_of(one)).kind is FailureKind.UNREACHABLE
            with pytest.raises(EngineFailure) as failure:
                await one.probe()
            assert failure.value.kind is FailureKind.UNREACHABLE
            assert await one.count_tokens("x") is None
            assert await one.generation(bench.request).wait_idle(lambda: 0) is False
            assert await one.wait_idle(lambda: 0) is False

    asyncio.run(scene())


@pytest.mark.requirement("OC-ADAPT-5083")
@pytest.mark.parametrize("after", [0, 2])
def test_a_cancel_reaches_the_engine_and_its_slot_is_seen_free(bench, after) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(tokens=["a"] * after + ["b"], stall_after=after))
        generation = one.generation(bench.request)
        reading = asyncio.create_task(_read_on(generation))
        await asyncio.to_thread(bench.engine.require, lambda: bench.engine.slots_busy == 1, "no slot works")
        reading.cancel()
        await asyncio.wait([reading])
        seen = await asyncio.wait_for(generation.wait_idle(lambda: 0), 60)
        assert seen is (bench.format not in UNTOLD)
        assert await asyncio.to_thread(bench.engine.wait_for, lambda: bench.engine.slots_busy == 0)
        assert bench.engine.completions[-1].disconnected_ms is not None

    bench.run(scene)


async def _read_on(generation) -> None:
    async with aclosing(generation.chunks()) as chunks:
        async for _ in chunks:
            pass


def test_what_was_begun_is_sent_once_and_read_from_its_first_token(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        await one.probe()  # leaves a connection, which the first one at llama.cpp does not
        asked = len(bench.engine.completions)
        generation = one.generation(bench.request)
        assert generation.begin() is not None
        await asyncio.to_thread(
            bench.engine.require, lambda: len(bench.engine.completions) == asked + 1, "nothing was sent"
        )
        heard = await bench.hear(generation)
        assert heard.finished is not None
        assert len(heard.texts) == bench.request.max_tokens
        assert len(bench.engine.completions) == asked + 1

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5083")
def test_what_was_begun_and_never_read_is_ended_at_the_engine(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        await one.probe()  # as above
        bench.engine.script(EngineScript(stall_after=0))
        end = one.generation(bench.request).begin()
        assert end is not None
        await asyncio.to_thread(bench.engine.require, lambda: bench.engine.slots_busy == 1, "no slot works")
        end()
        assert await asyncio.to_thread(bench.engine.wait_for, lambda: bench.engine.slots_busy == 0)
        end()

    bench.run(scene)


@pytest.mark.requirement("ORCH-3049")
def test_an_engine_proves_itself_beside_what_else_it_has(bench) -> None:
    gate = Gate()

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(hold=gate))
        reading = asyncio.create_task(bench.generate(one))
        await asyncio.to_thread(bench.engine.require, lambda: bench.engine.slots_busy == 1, "no slot works")
        await one.prove(lambda: 1)
        gate.release()
        await reading

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5083")
def test_a_slot_of_another_is_not_waited_for(bench) -> None:
    gate = Gate()

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(hold=gate))
        reading = asyncio.create_task(bench.generate(one))
        await asyncio.to_thread(bench.engine.require, lambda: bench.engine.slots_busy == 1, "no slot works")
        ended = one.generation(bench.request)
        if bench.format not in UNTOLD:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ended.wait_idle(lambda: 0), 0.05)
        assert await asyncio.wait_for(ended.wait_idle(lambda: 1), 60) is (bench.format not in UNTOLD)
        gate.release()
        await reading

    bench.run(scene)


def test_one_connection_serves_one_request_after_the_other(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        await bench.generate(one)
        opened = bench.engine.connections_opened
        for _ in range(3):
            await bench.generate(one)
        # llama.cpp closes a connection after each stream, so none is kept then.
        fresh = 3 if bench.format == "llamacpp" else 0
        assert bench.engine.connections_opened == opened + fresh

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5010")
@pytest.mark.requirement("ORCH-3058")
def test_the_same_is_asked_of_every_engine(bench) -> None:
    sampler = SamplerProfile("x", 0.25, 0.5, 7, 0.125, ("STOP",))

    async def scene(one: EngineAdapter) -> None:
        await bench.generate(one, replace(bench.request, sampler=sampler, seed=4294967294, max_tokens=3))
        ask = bench.engine.completions[-1].ask
        assert ask is not None
        assert (ask.prompt, ask.seed, ask.max_tokens) == ("hello", 4294967294, 3)
        assert (ask.temperature, ask.top_p) == (0.25, 0.5)
        assert ask.top_k == (None if bench.format == "openai" else 7)
        assert ask.min_p == (None if bench.format in {"openai", "tgi"} else 0.125)
        assert ask.stop == (() if bench.format == "triton" else ("STOP",))

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5010")
@pytest.mark.requirement("ORCH-3058")
def test_values_that_mean_no_limit_are_asked_for_as_the_engine_wants_them(bench) -> None:
    greedy = SamplerProfile("x", temperature=0.0, top_p=1.0, top_k=0, min_p=0.0)

    async def scene(one: EngineAdapter) -> None:
        for sampler in (greedy, replace(greedy, temperature=1.0)):
            await bench.generate(one, replace(bench.request, sampler=sampler))
            ask = bench.engine.completions[-1].ask
            assert ask is not None
            assert ask.greedy is (sampler is greedy) or bench.format == "triton"

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5010")
@pytest.mark.requirement("ORCH-3058")
def test_a_stop_text_ends_the_text_and_is_none_of_it(bench) -> None:
    sampler = replace(SamplerProfile(), stop=("STOP", "HALT"))

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(tokens=["a ", "ST", "OP", " b", " c"]))
        heard = await bench.generate(one, replace(bench.request, sampler=sampler, max_tokens=9))
        assert heard.text == "a "
        assert heard.finished is not None
        assert heard.finished.reason == "stop"
        bench.engine.script(EngineScript(tokens=["a ", "ST", " no"]))
        heard = await bench.generate(one, replace(bench.request, sampler=sampler, max_tokens=9))
        assert heard.text == "a ST no"

    bench.run(scene)


def test_the_engine_counts_the_prompt(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        counted = await one.count_tokens("some text to count")
        assert (counted is None) is (bench.format in UNTOLD)
        heard = await bench.generate(one)
        assert isinstance(heard.finished, Finished)
        if bench.format != "triton":
            assert heard.finished.tokens_in == bench.engine.completions[-1].ask.prompt_tokens

    bench.run(scene)


def test_a_key_is_sent_where_there_is_one(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        await bench.generate(one)
        assert {request.header("authorization") for request in bench.engine.requests} == {"Bearer k-1"}

    bench.engine.reset()
    bench.run(scene, api_key="k-1")


@pytest.mark.requirement("OC-ADAPT-5093")
def test_the_key_goes_to_nobody_else(benches) -> None:
    bench, other = benches["vllm"], benches["tgi"]

    async def scene(one: EngineAdapter) -> None:
        await one.probe()
        assert [request.path for request in other.engine.requests] == ["/metrics", "/metrics"]
        assert {request.header("authorization") for request in other.engine.requests} == {None}

    other.engine.reset()
    bench.run(scene, api_key="k-1", metrics_url=f"{other.engine.metrics_url}/metrics")
    bench.engine.reset()
    other.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5085")
def test_a_redirect_is_a_failure_and_is_not_followed(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(error_status=307))
        assert (await bench.failure_of(one)).kind is FailureKind.FAULT

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5080")
def test_a_connection_that_does_not_come_about_is_given_up(bench) -> None:
    async def scene() -> None:
        port = free_port()
        with closing(DeafPort("127.0.0.1", port)):
            plan = replace(bench.plan, url=f"http://127.0.0.1:{port}", connect_ms=50)
            async with bench.adapter(plan) as one:
                assert (await asyncio.wait_for(bench.failure_of(one), 60)).kind is FailureKind.UNREACHABLE

    asyncio.run(scene())
