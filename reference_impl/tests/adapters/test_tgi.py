"""What Text Generation Inference alone needs."""

import json
from dataclasses import replace

import pytest

from orchestratord.adapters import AdapterPlan, EngineAdapter, Finished, GenerateRequest
from orchestratord.adapters import tgi_wire as wire
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile
from orchqueue.kit import EngineScript
from orchqueue.kit.engine.script import Special

REQUEST = GenerateRequest("hello", 9, 1, SamplerProfile(), reuse_cache=True)
PLAN = AdapterPlan("http://127.0.0.1:1", 100, 100)


@pytest.mark.requirement("OC-ADAPT-5040")
def test_special_tokens_are_counted_and_are_no_text(benches) -> None:
    bench = benches["tgi"]

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(tokens=["a", Special("<mark>"), "b", Special("</s>")]))
        heard = await bench.generate(one, REQUEST)
        assert heard.texts == ["a", "b"]
        assert heard.finished == Finished("stop", 4, bench.engine.completions[-1].ask.prompt_tokens)

    bench.run(scene)
    bench.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5041")
@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (EngineScript(busy=True), FailureKind.BUSY),
        (EngineScript(error_status=422), FailureKind.REFUSED),
        (EngineScript(error_status=424), FailureKind.FAULT),
        (EngineScript(error_status=500), FailureKind.STREAM_ERROR),
    ],
)
def test_what_is_a_status_elsewhere_comes_inside_a_stream(benches, script, kind) -> None:
    bench = benches["tgi"]

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(replace(script, refuse_in_stream=True, error_message="SECRET"))
        failure = await bench.failure_of(one)
        assert failure.kind is kind
        assert "SECRET" not in failure.message

    bench.run(scene)
    bench.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5042")
@pytest.mark.parametrize(
    ("sampler", "sent"),
    [
        (
            SamplerProfile("x", 0.25, 0.5, 7, 0.1, ("STOP",)),
            {"temperature": 0.25, "top_p": 0.5, "top_k": 7, "do_sample": True, "stop": ["STOP"]},
        ),
        (SamplerProfile("x", 1.0, 1.0, 0), {"temperature": 1.0, "do_sample": True, "stop": []}),
        (SamplerProfile("x", 0.0, 0.5, 7), {"do_sample": False, "stop": []}),
    ],
)
def test_values_within_the_bounds_that_it_sets(benches, sampler, sent) -> None:
    bench = benches["tgi"]

    async def scene(one: EngineAdapter) -> None:
        await bench.generate(one, replace(REQUEST, sampler=sampler, seed=4294967294))
        parameters = bench.engine.completions[-1].json["parameters"]
        assert parameters == {"max_new_tokens": 9, "seed": 4294967294, "details": True} | sent
        assert bench.engine.completions[-1].ask.greedy is (sampler.temperature == 0)

    bench.run(scene)
    bench.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5042")
def test_more_stop_texts_than_it_takes_are_looked_for_here(benches) -> None:
    bench = benches["tgi"]
    stop = ("1", "2", "3", "4", "STOP")

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(tokens=["a", " ST", "OP", "b", "c", "d"]))
        sampler = replace(SamplerProfile(), stop=stop)
        heard = await bench.generate(one, replace(REQUEST, sampler=sampler))
        assert heard.text == "a "
        assert heard.finished == Finished("stop", 3, at_rest=False)
        assert bench.engine.completions[-1].ask.stop == stop[:4]

    bench.run(scene)
    bench.engine.reset()


def info(**members: object) -> wire.Info:
    told = {"version": "3.3.4", "model_id": "m", "max_concurrent_requests": 8, "max_total_tokens": 100}
    return wire.info(json.dumps(told | members).encode())


@pytest.mark.requirement("OC-ADAPT-5050")
@pytest.mark.parametrize(
    ("sha", "digest"),
    [("ab" * 32, "sha256:" + "ab" * 32), ("ab" * 20, None), (None, None), ("AB" * 32, None)],
)
def test_a_commit_is_no_digest(sha, digest) -> None:
    assert wire.facts(info(model_sha=sha), PLAN).model_digest == digest


@pytest.mark.parametrize(
    ("told", "given", "slots"),
    [
        ({}, None, 8),
        ({}, 3, 3),
        ({"max_batch_size": 4}, None, 4),
        ({"max_concurrent_requests": None}, None, 1),
        ({"max_concurrent_requests": None}, 6, 6),
    ],
)
def test_slots(told, given, slots) -> None:
    assert wire.facts(info(**told), replace(PLAN, slots=given)).slots == slots


@pytest.mark.parametrize(
    ("stream", "finished"),
    [
        (b'data:{"token":{"text":"a"},"generated_text":"a","details":null}\n\n', Finished("stop", 1)),
        (
            b'data:{"token":{"text":"a"}}\n\ndata:{"token":{"text":"b"},"generated_text":"ab"}\n\n',
            Finished("length", 2),
        ),
    ],
)
def test_an_older_build_that_tells_no_details(stream, finished) -> None:
    (chunk,) = wire.TgiParser((), 2).feed(stream)
    assert chunk.finished == finished


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'data:{"generated_text":"x"}\n', FailureKind.MALFORMED),
        (b'data:{"token":{"text":1}}\n', FailureKind.MALFORMED),
        (b'data:{"error":"x"}\n', FailureKind.STREAM_ERROR),
    ],
)
def test_what_is_no_item(line, kind) -> None:
    with pytest.raises(EngineFailure) as failure:
        list(wire.TgiParser((), 5).feed(line))
    assert failure.value.kind is kind
