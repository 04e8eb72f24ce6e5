"""Embeddings and reranks of scripted engines; llama.cpp's own are held against the real one's."""

import base64
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import Client, EngineRequest, EngineScript, Gate, ScriptedEngine, TransportError
from orchqueue.kit.engine import score, vector
from orchqueue.kit.realengine import RealEngine

EMBEDDING = {"llamacpp": "/v1/embeddings", "vllm": "/v1/embeddings", "openai": "/v1/embeddings"}
RERANK = {"llamacpp": "/v1/rerank", "vllm": "/v1/rerank"}
DOCUMENTS = ["one", "two", "three", "four"]


def started(wire_format: str) -> ScriptedEngine:
    return ScriptedEngine(format=wire_format, slots=1, ms_per_token=0.0, ctx=64).start()


@pytest.fixture(params=list(EMBEDDING))
def embedder(request: pytest.FixtureRequest) -> Iterator[ScriptedEngine]:
    with started(request.param) as running:
        yield running


@pytest.fixture(params=list(RERANK))
def ranker(request: pytest.FixtureRequest) -> Iterator[ScriptedEngine]:
    with started(request.param) as running:
        yield running


def embed(engine: Any, value: Any, **more: Any) -> Any:
    body = {"model": "tiny", "input": value} | more
    return Client(engine.url).post("/v1/embeddings", json=body)


def rank(engine: ScriptedEngine, documents: Any, path: str = "/v1/rerank", **more: Any) -> Any:
    body = {"model": "tiny", "query": "number", "documents": documents} | more
    return Client(engine.url).post(path, json=body)


def done(engine: ScriptedEngine) -> list[EngineRequest]:
    """What it was asked to work on, once all of it is over."""
    assert engine.wait_for(lambda: all(request.finished_ms is not None for request in engine.work))
    return engine.work


def test_vectors_are_of_the_text_alone() -> None:
    one = vector("hello")
    assert (one == vector("hello"), one == vector("hello ")) == (True, False)
    assert math.isclose(math.hypot(*one), 1.0, rel_tol=1e-6)
    assert one == list(struct.unpack("<16f", struct.pack("<16f", *one)))


def test_scores_are_of_the_pair_alone() -> None:
    pairs = [("a", "b"), ("b", "a"), ("ab", ""), ("", "ab"), ("a", "c")]
    scores = [score(*pair) for pair in pairs]
    assert len(set(scores)) == len(pairs)
    assert all(0 < each < 1 for each in scores)
    assert score("a", "b") == scores[0]


def test_embeddings(embedder: ScriptedEngine) -> None:
    answer = embed(embedder, ["hello", "you there"]).json()
    assert [item["embedding"] for item in answer["data"]] == [vector("hello"), vector("you there")]
    assert [(item["index"], item["object"]) for item in answer["data"]] == [
        (0, "embedding"),
        (1, "embedding"),
    ]
    assert (answer["object"], answer["model"]) == ("list", "tiny")
    assert (answer["usage"]["prompt_tokens"], answer["usage"]["total_tokens"]) == (7, 7)
    (request,) = done(embedder)
    assert (request.workload, request.inputs, request.slot, request.finished) == (
        "embedding",
        ("hello", "you there"),
        0,
        True,
    )
    assert embedder.completions == []


def test_one_embedding(embedder: ScriptedEngine) -> None:
    encoded = embed(embedder, "hello", encoding_format="base64").json()["data"][0]["embedding"]
    assert list(struct.unpack("<16f", base64.b64decode(encoded))) == vector("hello")
    assert embed(embedder, [1, 2]).json()["usage"]["prompt_tokens"] == 2
    assert embed(embedder, [[1, 2], [3]]).json()["usage"]["prompt_tokens"] == 3


@pytest.mark.parametrize("value", [None, 5, [], ["a", 5], {"text": "a"}])
def test_embeddings_that_are_refused(embedder: ScriptedEngine, value: Any) -> None:
    answer = embed(embedder, value)
    assert answer.status == 400
    assert answer.json()["error"]["message"]


def test_reranks(ranker: ScriptedEngine) -> None:
    answer = rank(ranker, DOCUMENTS).json()
    expected = sorted(((score("number", text), n) for n, text in enumerate(DOCUMENTS)), reverse=True)
    assert [(item["relevance_score"], item["index"]) for item in answer["results"]] == expected
    assert answer["usage"] == {"prompt_tokens": 21, "total_tokens": 21}
    (request,) = done(ranker)
    assert (request.workload, request.prompt, request.inputs) == ("rerank", "number", tuple(DOCUMENTS))
    assert len(rank(ranker, DOCUMENTS, top_n=2).json()["results"]) == 2
    assert rank(ranker, DOCUMENTS, "/rerank").status == 200


def test_vllm_returns_the_documents_that_it_ranks() -> None:
    with started("vllm") as engine:
        best = rank(engine, DOCUMENTS).json()["results"][0]
        assert best["document"] == {"text": DOCUMENTS[best["index"]], "multi_modal": None}


@pytest.mark.parametrize("documents", [None, [], 5, ["a", 5]])
def test_reranks_that_are_refused(ranker: ScriptedEngine, documents: Any) -> None:
    if documents == [] and ranker.format == "vllm":
        assert rank(ranker, documents).json()["results"] == []
        return
    assert rank(ranker, documents).status == 400
    assert rank(ranker, DOCUMENTS, query=None).status == 400


@pytest.mark.parametrize("wire_format", ["openai", "tgi", "triton"])
def test_formats_without(wire_format: str) -> None:
    with started(wire_format) as engine:
        assert rank(engine, DOCUMENTS).status == 404
        assert wire_format == "openai" or embed(engine, "a").status == 404
        assert engine.work == [] or wire_format == "openai"


def test_what_scripts_do_to_them(embedder: ScriptedEngine) -> None:
    embedder.script(
        EngineScript(busy=True),
        EngineScript(error_status=501),
        EngineScript(error_after=0, error_message="out of luck"),
        EngineScript(cut_after=0),
        EngineScript(malformed_after=0),
    )
    statuses = [embed(embedder, "a").status for _ in range(3)]
    assert statuses == [429 if embedder.format == "openai" else 503, 501, 500]
    with pytest.raises(TransportError):
        embed(embedder, "a")
    assert embed(embedder, "a").body == EngineScript.malformed.encode()
    embedder.script(EngineScript(override={"data.0.embedding": []}), prompt="other")
    assert embed(embedder, "a").json()["data"][0]["embedding"] == vector("a")
    assert embed(embedder, ["a", "another"]).json()["data"][0]["embedding"] == []


def test_they_take_a_slot(embedder: ScriptedEngine) -> None:
    gate = Gate()
    embedder.script(EngineScript(hold=gate))
    body = b'{"model": "tiny", "input": "a"}'
    head = f"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with Client(embedder.url).raw() as first, Client(embedder.url).raw() as second:
        first.send(head + body)
        embedder.require(lambda: embedder.slots_busy == 1, "it should be at work")
        second.send(head + body)
        embedder.require(lambda: embedder.waiting == 1, "another should wait")
        first.close()
        assert embedder.wait_for(lambda: embedder.waiting == 0)
        assert b"200 OK" in second.receive(lambda data: b"200 OK" in data).data
    assert [request.finished for request in done(embedder)] == [False, True]
    assert embedder.slots_busy == 0
    gate.release()


# llama.cpp's own server


@pytest.fixture(scope="module")
def real(build_folder: Path) -> Iterator[RealEngine]:
    with RealEngine(build_folder, slots=1, ctx=256, embeddings=True) as running:
        yield running


@pytest.fixture(params=["scripted", "real"])
def either(request: pytest.FixtureRequest) -> Iterator[ScriptedEngine | RealEngine]:
    if request.param == "real":
        yield request.getfixturevalue("real")
        return
    with started("llamacpp") as running:
        yield running


def shape(value: Any) -> Any:
    """The names and JSON types of a value; a list by its first item."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])]
    return "number" if isinstance(value, int | float) else type(value).__name__


def test_the_compatible_route(either: Any) -> None:
    assert shape(embed(either, ["hello", "you"]).json()) == {
        "model": "str",
        "object": "str",
        "usage": {"prompt_tokens": "number", "total_tokens": "number"},
        "data": [{"embedding": ["number"], "index": "number", "object": "str"}],
    }
    encoded = embed(either, "hello", encoding_format="base64").json()["data"][0]
    assert (encoded["encoding_format"], type(encoded["embedding"])) == ("base64", str)


@pytest.mark.parametrize(("path", "name"), [("/embedding", "content"), ("/embeddings", "input")])
def test_the_own_routes(either: Any, path: str, name: str) -> None:
    answer = Client(either.url).post(path, json={name: ["hello", "you"]}).json()
    assert shape(answer) == [{"index": "number", "embedding": [["number"]]}]
    assert [len(item["embedding"]) for item in answer] == [1, 1]


@pytest.mark.parametrize("body", [b"{bad", b"{}", b'{"input": 5}', b'{"input": []}'])
def test_bodies_that_it_refuses(either: Any, body: bytes) -> None:
    answer = Client(either.url).post("/v1/embeddings", body=body)
    assert (answer.status, answer.json()["error"]["type"]) == (400, "invalid_request_error")
