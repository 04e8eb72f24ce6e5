"""What Triton alone needs."""

import json
from dataclasses import replace

import pytest

from orchestratord.adapters import EngineAdapter, Finished, GenerateRequest
from orchestratord.adapters import triton_wire as wire
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile
from orchqueue.kit import EngineScript

REQUEST = GenerateRequest("hello", 9, 1, SamplerProfile(), reuse_cache=True)
SAMPLER = SamplerProfile("x", 0.25, 0.5, 7, 0.125, ("STOP",))
VALUES = {"max_tokens": 9, "seed": 1, "temperature": 0.25, "top_p": 0.5, "min_p": 0.125, "top_k": 7}


@pytest.mark.requirement("OC-ADAPT-5060")
@pytest.mark.parametrize("cumulative", [False, True])
def test_new_text_and_the_whole_text_so_far_read_alike(benches, cumulative) -> None:
    bench = benches["triton"]
    tokens = ["To", " b", "e", b"\xe4\xbd", b"\xa0", "!"]

    async def scene(one: EngineAdapter) -> None:
        for _ in range(2):  # found out from the first stream, known in the second
            bench.engine.script(EngineScript(tokens=tokens, cumulative=cumulative))
            heard = await bench.generate(one, REQUEST)
            assert heard.text == "To be你!"
            assert heard.finished == Finished("stop", 6)
        assert heard.texts == ["To", " b", "e", "你", "!"]

    bench.run(scene)
    bench.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5061")
@pytest.mark.parametrize(("in_stream", "kind"), [(True, FailureKind.FAULT), (False, FailureKind.REFUSED)])
def test_a_400_that_is_an_event_stream_is_no_refusal(benches, in_stream, kind) -> None:
    bench = benches["triton"]
    script = EngineScript(error_after=0) if in_stream else EngineScript(error_status=400)

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(script)
        assert (await bench.failure_of(one)).kind is kind

    bench.run(scene)
    bench.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5061")
@pytest.mark.parametrize("reset", [False, True])
def test_a_stream_that_is_cut_is_not_one_that_has_ended(benches, reset) -> None:
    bench = benches["triton"]

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(tokens=["a", "b", "c"], cut_after=3, cut_reset=reset))
        assert (await bench.failure_of(one)).kind is FailureKind.BROKEN

    bench.run(scene)
    bench.engine.reset()


@pytest.mark.requirement("OC-ADAPT-5062")
@pytest.mark.parametrize(
    ("takes", "body"),
    [
        ((), {"parameters": VALUES}),
        (
            ("max_tokens", "random_seed", "stop_words", "stream", "exclude_input_in_output"),
            {
                "parameters": {name: value for name, value in VALUES.items() if name != "seed"}
                | {"random_seed": 1},
                "stop_words": ["STOP"],
                "stream": True,
                "exclude_input_in_output": True,
            },
        ),
        (
            ("stream", "sampling_parameters", "return_num_output_tokens"),
            {
                "parameters": {"sampling_parameters": json.dumps(VALUES | {"stop": ["STOP"]})},
                "stream": True,
                "return_num_output_tokens": True,
            },
        ),
    ],
)
def test_values_go_where_the_model_takes_them(takes, body) -> None:
    sent = wire.generate_body(replace(REQUEST, sampler=SAMPLER), frozenset(takes))
    assert sent == {"text_input": "hello"} | body


@pytest.mark.requirement("OC-ADAPT-5062")
def test_values_that_mean_no_limit() -> None:
    greedy = replace(REQUEST, sampler=SamplerProfile("x", temperature=0.0, top_k=9))
    assert wire.generate_body(greedy, frozenset())["parameters"] == {"max_tokens": 9, "seed": 1, "top_k": 1}
    free = replace(REQUEST, sampler=SamplerProfile("x", top_k=0))
    assert "top_k" not in wire.generate_body(free, frozenset())["parameters"]


@pytest.mark.requirement("OC-ADAPT-5062")
def test_a_stop_text_is_looked_for_here(benches) -> None:
    bench = benches["triton"]

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(tokens=["a", " ST", "OP", "b", "c", "d"]))
        heard = await bench.generate(one, replace(REQUEST, sampler=SAMPLER))
        assert heard.text == "a "
        assert heard.finished == Finished("stop", 3, at_rest=False)

    bench.run(scene)
    bench.engine.reset()


def stream(*items: dict[str, object]) -> bytes:
    return b"".join(b"data: " + json.dumps(item).encode() + b"\n\n" for item in items)


@pytest.mark.parametrize(
    ("items", "finished"),
    [
        ([{"text_output": "a"}, {"text_output": "b"}], Finished("length", 2)),
        ([{"text_output": ["a"], "num_output_tokens": [1]}], Finished("stop", 1)),
        ([{"text_output": "ab", "num_output_tokens": 2, "num_input_tokens": 3}], Finished("length", 2, 3)),
        ([{"text_output": "ab", "num_output_tokens": 2, "finish_reason": "stop"}], Finished("stop", 2)),
        ([{"text_output": "a", "finish_reason": ["length"]}], Finished("length", 1)),
        ([], Finished("stop", 0)),
    ],
)
def test_counts_and_reasons_are_the_models_where_it_tells_them(items, finished) -> None:
    parser = wire.TritonParser((), 2, "new", lambda _: None)
    list(parser.feed(stream(*items)))
    last = parser.end()
    assert last is not None
    assert last.finished == finished


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"error": "x"}, FailureKind.STREAM_ERROR),
        ({"model_name": "m"}, FailureKind.MALFORMED),
        ({"text_output": 5}, FailureKind.MALFORMED),
        ({"text_output": []}, FailureKind.MALFORMED),
    ],
)
def test_what_is_no_item(item, kind) -> None:
    with pytest.raises(EngineFailure) as failure:
        list(wire.TritonParser((), 5, "new", lambda _: None).feed(stream(item)))
    assert failure.value.kind is kind


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (404, "Request for unknown model: 'm' is not found", FailureKind.NOT_READY),
        (400, "Request for unknown model: 'm' has no available versions", FailureKind.NOT_READY),
        (503, "Exceeds maximum queue size", FailureKind.BUSY),
        (400, "missing required input(s)", FailureKind.REFUSED),
        (500, "failed to parse", FailureKind.FAULT),
    ],
)
def test_what_a_status_means(status, message, kind) -> None:
    failure = wire.refuse(status, "application/json", json.dumps({"error": message}).encode())
    assert failure.kind is kind


def test_a_model_that_is_not_there_is_not_ready(benches) -> None:
    bench = benches["triton"]

    async def scene(one: EngineAdapter) -> None:
        raise AssertionError("it was asked who it is before")

    with pytest.raises(EngineFailure) as failure:
        bench.run(scene, model="another")
    assert failure.value.kind is FailureKind.NOT_READY


@pytest.mark.requirement("OC-ADAPT-5070")
@pytest.mark.parametrize(
    ("body", "version"),
    [
        (b'{"parameters": {"trtllm_version": {"string_value": "0.17.0"}}}', "0.17.0"),
        (b'{"parameters": {}}', None),
        (b"nothing", None),
    ],
)
def test_the_version_of_tensorrt_llm(body, version) -> None:
    assert wire.configuration(body).trtllm_version == version
