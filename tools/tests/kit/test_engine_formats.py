"""One suite over the scripted engine and llama.cpp's own server: the first plays what the second is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import Client, EventStream, ScriptedEngine
from orchqueue.kit.realengine import RealEngine

Engine = ScriptedEngine | RealEngine


@pytest.fixture(scope="module")
def real(build_folder: Path) -> Iterator[RealEngine]:
    with RealEngine(build_folder, slots=2, ctx=1024) as running:
        yield running


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(slots=2, ms_per_token=0.2, ctx=1024) as running:
        yield running


@pytest.fixture(params=["scripted", "real"])
def either(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(request.param)
    return engine


def complete(engine: Engine, **ask: Any) -> EventStream:
    body = {"prompt": "hello", "n_predict": 5, "seed": 1, "stream": True, "cache_prompt": False} | ask
    return Client(engine.url).stream("/completion", method="POST", json=body, first_id=None)


def shape(value: Any) -> Any:
    """The names and JSON types of a value; lists by their fullest item, whole and broken numbers alike."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return (
            [shape(max(value, key=lambda item: len(item) if isinstance(item, dict) else 0))] if value else []
        )
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


def is_part_of(part: Any, whole: Any) -> bool:
    """Whether the scripted shape holds nothing that the real one lacks or has of another type."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and is_part_of(item, whole[name]) for name, item in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return all(is_part_of(item, whole[0]) for item in part) if whole else True
    return bool(part == whole)


@pytest.mark.parametrize("path", ["/health", "/props", "/slots"])
def test_what_is_read_has_the_real_shape(scripted: ScriptedEngine, real: RealEngine, path: str) -> None:
    for engine in (scripted, real):
        complete(engine).read_all()
    ours, theirs = Client(scripted.url).get(path), Client(real.url).get(path)
    assert is_part_of(shape(ours.json()), shape(theirs.json()))
    assert (ours.status, ours.header("content-type")) == (theirs.status, theirs.header("content-type"))
    assert ours.header("server") == theirs.header("server")


def test_the_stream_has_the_real_shape(scripted: ScriptedEngine, real: RealEngine) -> None:
    ours, theirs = (complete(engine, timings_per_token=True) for engine in (scripted, real))
    for mine, other in ((ours.read_all()[0], theirs.read_all()[0]), (ours.events[-1], theirs.events[-1])):
        assert list(mine.json()) == list(other.json())
        assert is_part_of(shape(mine.json()), shape(other.json()))
    assert ours.header("content-type") == theirs.header("content-type")
    assert ours.header("transfer-encoding") == theirs.header("transfer-encoding")


def test_metrics_have_the_real_names(scripted: ScriptedEngine, real: RealEngine) -> None:
    ours, theirs = (Client(engine.url).get("/metrics") for engine in (scripted, real))
    names = [
        {line for line in reply.text.splitlines() if line.startswith("# TYPE")} for reply in (ours, theirs)
    ]
    assert names[0] <= names[1]
    assert ours.header("content-type") == theirs.header("content-type")


def test_properties(either: Engine) -> None:
    props = Client(either.url).get("/props").json()
    assert (props["total_slots"], props["default_generation_settings"]["n_ctx"]) == (2, 1024)
    assert props["build_info"].startswith("b")


def test_a_stream_ends_with_its_last_chunk_and_no_marker(either: Engine) -> None:
    stream = complete(either)
    events = [event.json() for event in stream.read_all()]
    assert [event["stop"] for event in events] == [False] * (len(events) - 1) + [True]
    assert (events[-1]["tokens_predicted"], events[-1]["stop_type"]) == (5, "limit")
    assert (stream.ended, stream.findings) == ("complete", [])


def test_equal_seeds_repeat(either: Engine) -> None:
    def text(seed: int) -> str:
        return "".join(
            event.json()["content"] for event in complete(either, seed=seed, n_predict=40).read_all()
        )

    assert text(7) == text(7) != text(8)


def test_without_a_stream_the_answer_is_the_last_chunk(either: Engine) -> None:
    body = {"prompt": "hello", "n_predict": 3, "seed": 1, "cache_prompt": False}
    answer = Client(either.url).post("/completion", json=body)
    assert answer.header("content-type") == "application/json; charset=utf-8"
    last = complete(either, n_predict=3).read_all()[-1].json()
    assert list(answer.json()) == list(last)
    assert answer.json()["tokens_predicted"] == 3


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{bad", "invalid_request_error"),
        (b"{}", "invalid_request_error"),
        (b"[]", "invalid_request_error"),
        (b'{"prompt": 5}', "invalid_request_error"),
        (b'{"prompt": "x", "stream": "yes"}', "invalid_request_error"),
        (b'{"prompt": "%s", "stream": true}' % (b"hello " * 2000), "exceed_context_size_error"),
    ],
)
def test_errors_before_the_stream(either: Engine, body: bytes, kind: str) -> None:
    exchange = Client(either.url).post("/completion", body=body, headers={"Content-Type": "application/json"})
    error = exchange.json()["error"]
    assert (exchange.status, error["code"], error["type"]) == (400, 400, kind)
    assert exchange.header("content-type") == "application/json; charset=utf-8"
    assert ("n_ctx" in error) == (kind == "exceed_context_size_error")


def test_unknown_paths(either: Engine) -> None:
    exchange = Client(either.url).get("/nope")
    assert (exchange.status, exchange.json()["error"]["type"]) == (404, "not_found_error")


def test_tokenize(either: Engine) -> None:
    tokens = (
        Client(either.url).post("/tokenize", json={"content": "hello", "with_pieces": True}).json()["tokens"]
    )
    assert "".join(token["piece"] for token in tokens).strip() == "hello"
    assert shape(Client(either.url).post("/tokenize", json={"content": "hello"}).json()) == {
        "tokens": ["number"]
    }


def test_stop_words(either: Engine) -> None:
    events = complete(either, n_predict=40).read_all()
    text = "".join(event.json()["content"] for event in events)
    word = text[len(text) // 2 :][:3]
    last = complete(either, n_predict=40, stop=[word]).read_all()[-1].json()
    assert (last["stop_type"], last["stopping_word"], last["truncated"]) == ("word", word, False)


def test_leaving_frees_the_slot(either: Engine) -> None:
    stream = complete(either, n_predict=1000)
    stream.next_event(10.0)
    if isinstance(either, ScriptedEngine):
        stream.close()
        assert either.wait_for(lambda: either.slots_busy == 0)
    else:
        assert either.slots_busy == 1
        stream.close()
        assert either.wait_idle()
    slots = Client(either.url).get("/slots").json()
    assert [slot["is_processing"] for slot in slots] == [False, False]
