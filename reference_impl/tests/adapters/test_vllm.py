"""What vLLM, and any server with OpenAI's routes, alone need."""

from dataclasses import replace

import pytest

from orchestratord.adapters import AdapterPlan, EngineAdapter, GenerateRequest
from orchestratord.adapters import openai_wire as wire
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile
from orchqueue.kit import EngineScript

PLAN = AdapterPlan("http://127.0.0.1:1", 100, 100)
REQUEST = GenerateRequest("hello", 5, 1, SamplerProfile(), reuse_cache=True)


def chunk(text: str = "", reason: str | None = None, usage: str = "null") -> bytes:
    told = "null" if reason is None else f'"{reason}"'
    item = f'{{"choices":[{{"index":0,"text":"{text}","finish_reason":{told}}}],"usage":{usage}}}'
    return f"data: {item}\n\n".encode()


USAGE = '{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}'
LAST = f'data: {{"choices":[],"usage":{USAGE}}}\n\n'.encode()
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("stream", "count"),
    [
        (chunk("a") + chunk("b", "length") + LAST + DONE, 2),
        (chunk("a", usage=USAGE) + chunk("b", "length", USAGE) + LAST + DONE, 2),
        (chunk("a") + chunk("b", "length") + DONE, None),
        (chunk("a") + chunk("b") + chunk("", "length"), None),
        (chunk("a") + chunk("b") + chunk("", "length") + LAST, 2),
    ],
)
def test_the_end_and_the_counts_are_found_where_they_stand(stream, count) -> None:
    parser = wire.OpenAiParser()
    chunks = [one for byte in stream for one in parser.feed(bytes([byte]))]
    heard = [one for one in (*chunks, parser.end()) if one is not None]
    ends = [one.finished for one in heard if one.finished]
    assert "".join(text for one in heard for text in one.texts) == "ab"
    assert [(end.reason, end.tokens_out) for end in ends] == [("length", count)]


@pytest.mark.requirement("OC-ADAPT-5022")
@pytest.mark.requirement("OC-ADAPT-5091")
@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        (chunk("a") + DONE, FailureKind.BROKEN),
        (DONE, FailureKind.BROKEN),
        (b"", FailureKind.BROKEN),
        (chunk("a") + b'data: {"error":{"message":"x","code":500}}\n\n' + DONE, FailureKind.STREAM_ERROR),
        (b'data: {"object":"error","message":"x"}\n\n', FailureKind.STREAM_ERROR),
        (chunk("a") + chunk("", "abort") + DONE, FailureKind.STREAM_ERROR),
        (b'data: {"choices":[{"index":0}]}\n\n', FailureKind.MALFORMED),
        (b'data: {"id":"x"}\n\n', FailureKind.MALFORMED),
        (b'data: {"choices":[],"usage":{"completion_tokens":-1}}\n\n', FailureKind.MALFORMED),
    ],
)
def test_done_alone_proves_nothing_and_an_error_is_one(stream, kind) -> None:
    parser = wire.OpenAiParser()

    def read_whole() -> None:
        list(parser.feed(stream))
        parser.end()

    with pytest.raises(EngineFailure) as failure:
        read_whole()
    assert failure.value.kind is kind


@pytest.mark.requirement("OC-ADAPT-5023")
def test_priority_is_sent_only_to_an_engine_that_takes_it(benches) -> None:
    bench = benches["vllm"]

    async def refused(one: EngineAdapter) -> None:
        await bench.generate(one, replace(REQUEST, priority="batch"))
        assert "priority" not in bench.engine.completions[-1].json

    async def taken(one: EngineAdapter) -> None:
        for priority, number in (("batch", 1), ("interactive", 0)):
            await bench.generate(one, replace(REQUEST, priority=priority))
            assert bench.engine.completions[-1].json["priority"] == number

    bench.run(refused)
    bench.engine.by_priority = True
    bench.run(taken, priorities=True)
    bench.engine.by_priority = False
    bench.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5023")
def test_values_under_its_own_names(benches) -> None:
    bench = benches["vllm"]
    sampler = SamplerProfile("x", 0.25, 0.5, 0, 0.125, ("STOP",))

    async def scene(one: EngineAdapter) -> None:
        await bench.generate(one, replace(REQUEST, sampler=sampler, seed=9))
        body = bench.engine.completions[-1].json
        assert {name: body[name] for name in ("temperature", "top_p", "top_k", "min_p", "stop", "seed")} == {
            "temperature": 0.25,
            "top_p": 0.5,
            "top_k": -1,
            "min_p": 0.125,
            "stop": ["STOP"],
            "seed": 9,
        }
        assert "cache_salt" not in body
        salts = set()
        for _ in range(2):
            await bench.generate(one, replace(REQUEST, reuse_cache=False))
            salts.add(bench.engine.completions[-1].json["cache_salt"])
        assert len(salts) == 2

    bench.run(scene)
    bench.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5020")
def test_use_of_the_kv_cache_and_counts_while_it_runs(benches) -> None:
    bench = benches["vllm"]

    async def scene(one: EngineAdapter) -> None:
        assert bench.engine.wait_for(lambda: bench.engine.slots_busy == 0)
        assert (await one.probe()).kv_usage == 0.0
        bench.engine.script(EngineScript(tokens=["a", "b", "c"], ms_per_token=50))
        assert (await bench.generate(one)).counts[0] == 1

    bench.run(scene)
    bench.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5092")
def test_only_what_openai_has_a_name_for(benches) -> None:
    bench = benches["openai"]

    async def scene(one: EngineAdapter) -> None:
        await bench.generate(one)
        assert set(bench.engine.completions[-1].json) == {
            "model",
            "prompt",
            "max_tokens",
            "stream",
            "stream_options",
            "seed",
            "temperature",
            "top_p",
        }

    bench.run(scene)
    bench.engine.reset()


@pytest.mark.parametrize(
    ("models", "given", "chosen", "ctx"),
    [
        ('[{"id": "a"}, {"id": "b", "max_model_len": 5}]', {"model": "b"}, "b", 5),
        ('[{"id": "a"}, {"id": "b"}]', {"model": "a", "engine_model": "b"}, "b", None),
        ('[{"id": "a", "context_length": 7}]', {"model": "b"}, "a", 7),
        ('[{"id": "a", "max_model_len": 0, "context_window": 9}]', {}, "a", 9),
    ],
)
def test_the_model_is_the_one_that_is_named_or_the_first(models, given, chosen, ctx) -> None:
    model = wire.chosen(f'{{"data": {models}}}'.encode(), replace(PLAN, **given))
    assert (model.id, model.ctx) == (chosen, ctx)


@pytest.mark.parametrize("models", [b'{"data": []}', b"{}", b"[]", b"\xff", b'{"data": [{"id": "b"}]}'])
def test_no_models(models) -> None:
    with pytest.raises(EngineFailure):
        wire.chosen(models, replace(PLAN, engine_model="a"))


def test_a_context_that_nobody_tells_is_a_failure(benches) -> None:
    bench = benches["openai"]

    async def scene(one: EngineAdapter) -> None:
        raise AssertionError("it was asked who it is before")

    with pytest.raises(EngineFailure, match="ctx"):
        bench.run(scene, ctx=None)
