"""llama.cpp's wire format, whatever the network makes of it."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.adapters import AdapterPlan, Finished, GenerateRequest
from orchestratord.adapters import llamacpp_wire as wire
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile

PLAN = AdapterPlan("http://127.0.0.1:1", 100, 100)


def item(content: str, **members) -> bytes:
    return b"data: " + json.dumps({"content": content, "stop": False, **members}).encode() + b"\n\n"


STREAM = (
    item("Hé", id_slot=1, tokens_predicted=1)
    + b": ping\n\n"
    + item("", tokens_predicted=2)
    + item("llo", tokens_predicted=3)
    + item("", stop=True, stop_type="limit", tokens_predicted=4, tokens_evaluated=7, timings={"prompt_n": 7})
    + b"data: [DONE]\n\n"
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=12), st.sampled_from([b"\n", b"\r\n"]))
def test_any_cut_of_the_stream_reads_alike(cuts, line_end) -> None:
    stream = STREAM.replace(b"\n", line_end)
    parser = wire.LlamaCppParser()
    edges = [0, *sorted(cut for cut in cuts if cut <= len(stream)), len(stream)]
    chunks = [parser.feed(stream[a:b]) for a, b in pairwise(edges)]
    heard = [chunk for chunk in chunks if chunk is not None]
    assert "".join(text for chunk in heard for text in chunk.texts) == "Héllo"
    assert [chunk.finished for chunk in heard if chunk.finished] == [Finished("length", 4, 7)]
    assert parser.slot == 1


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"data: {not json\n", FailureKind.MALFORMED),
        (b'data: {"content": 3}\n', FailureKind.MALFORMED),
        (b'data: {"stop": false}\n', FailureKind.MALFORMED),
        (b"data: \xff\n", FailureKind.MALFORMED),
        (b'data: {"content": "a", "tokens_predicted": -1}\n', FailureKind.MALFORMED),
        (
            b'data: {"content": "a", "stop": true, "tokens_evaluated": 9007199254740992}\n',
            FailureKind.MALFORMED,
        ),
        (b"garbage\n", FailureKind.MALFORMED),
        (b'data: {"error": {"code": 500}}\n', FailureKind.STREAM_ERROR),
        (b'error: {"code": 500}\n', FailureKind.STREAM_ERROR),
    ],
)
def test_what_is_no_item(line, kind) -> None:
    parser = wire.LlamaCppParser()
    parser.feed(item("fine"))
    with pytest.raises(EngineFailure) as failure:
        parser.feed(line)
    assert failure.value.kind is kind


@pytest.mark.requirement("OC-ADAPT-5084")
@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"type": "exceed_context_size_error", "message": "SECRET"}, FailureKind.REFUSED),
        (413, {"message": "SECRET"}, FailureKind.REFUSED),
        (429, {"message": "SECRET"}, FailureKind.BUSY),
        (503, {"message": "no slot SECRET"}, FailureKind.BUSY),
        (503, {"message": "Loading model SECRET"}, FailureKind.NOT_READY),
        (500, {"message": "SECRET"}, FailureKind.FAULT),
        (401, {"message": "SECRET"}, FailureKind.FAULT),
    ],
)
def test_what_a_status_means_and_that_nothing_is_quoted(status, error, kind) -> None:
    failure = wire.refuse(status, "application/json", json.dumps({"error": error}).encode())
    assert failure.kind is kind
    assert "SECRET" not in failure.message
    assert wire.refuse(status, "text/html", b"<html>SECRET").message


def test_properties() -> None:
    props = {
        "default_generation_settings": {"n_ctx": 2048, "params": {}},
        "total_slots": 3,
        "model_path": "/models/tiny.gguf",
        "build_info": "b123-abc",
    }
    facts = wire.facts(json.dumps(props).encode(), PLAN, 0.5)
    assert (facts.version, facts.slots, facts.ctx, facts.model) == ("b123-abc", 3, 2048, "tiny.gguf")
    assert wire.facts(b'{"default_generation_settings": {"n_ctx": 8}}', PLAN, None).version == "unknown"
    for broken in (b"{}", b"[]", b"\xff"):
        with pytest.raises(EngineFailure):
            wire.facts(broken, PLAN, None)


def test_small_answers() -> None:
    assert wire.busy_slots(b'[{"id": 0, "is_processing": true}, {"id": 1, "is_processing": false}]') == {0}
    assert wire.busy_slots(b"nothing") is None
    assert wire.token_count(b'{"tokens": [1, 2, 3]}') == 3
    assert wire.token_count(b"{}") is None


@pytest.mark.requirement("OC-ADAPT-5010")
def test_sampling_reaches_the_engine_under_its_own_names() -> None:
    sampler = SamplerProfile("x", 0.1, 0.2, 3, 0.4, ("stop",))
    assert wire.completion_body(GenerateRequest("p", 9, 8, sampler, reuse_cache=False)) == {
        "prompt": "p",
        "n_predict": 9,
        "stream": True,
        "seed": 8,
        "temperature": 0.1,
        "top_p": 0.2,
        "top_k": 3,
        "min_p": 0.4,
        "stop": ["stop"],
        "cache_prompt": False,
    }
