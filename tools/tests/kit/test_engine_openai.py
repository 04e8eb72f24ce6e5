"""What is peculiar to the scripted engine as vLLM and as any server with OpenAI's routes, on the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from orchqueue.kit import Client, EngineScript, Gate, ScriptedEngine, parse_exposition

Start = Callable[..., ScriptedEngine]


def post(engine: ScriptedEngine, path: str, body: Any) -> Any:
    return Client(engine.url).post(path, json=body)


def openai(engine: ScriptedEngine, **more: Any) -> Any:
    return post(engine, "/v1/completions", {"model": "tiny", "prompt": "hello", "max_tokens": 2} | more)


def data_of(answer: Any) -> list[str]:
    return [line[5:].strip() for line in answer.text.splitlines() if line.startswith("data:")]


# vLLM


def test_vllm_tells_of_itself(start: Start) -> None:
    client = Client(start("vllm", version="0.9.9").url)
    health = client.get("/health")
    assert (health.status, health.body, health.header("content-type")) == (200, b"", None)
    assert client.get("/version").json() == {"version": "0.9.9"}
    (model,) = client.get("/v1/models").json()["data"]
    assert (model["id"], model["max_model_len"], model["owned_by"]) == ("tiny", 64, "vllm")


def test_vllm_tells_usage_only_in_a_chunk_without_choices(start: Start) -> None:
    engine = start("vllm")
    *chunks, last, done = data_of(openai(engine, stream=True, stream_options={"include_usage": True}))
    assert not any('"usage"' in chunk for chunk in chunks)
    assert '"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}' in last
    assert done == "[DONE]"
    assert len(data_of(openai(engine, stream=True))) == 3
    always = {"include_usage": True, "continuous_usage_stats": True}
    assert '"completion_tokens":1' in data_of(openai(engine, stream=True, stream_options=always))[0]


def test_vllm_says_done_after_an_error_too(start: Start) -> None:
    engine = start("vllm")
    engine.script(
        EngineScript(error_after=1, error_message="worse"), EngineScript(error_after=1, done_marker=False)
    )
    _, error, done = data_of(openai(engine, stream=True))
    assert error == '{"error":{"message":"worse","type":"InternalServerError","param":null,"code":500}}'
    assert done == "[DONE]"
    assert len(data_of(openai(engine, stream=True))) == 2


def test_vllm_names_the_stop_word(start: Start) -> None:
    engine = start("vllm")
    engine.script_default(EngineScript(tokens=["one", " st", "op"]))
    (choice,) = openai(engine, stop="stop", max_tokens=9).json()["choices"]
    assert (choice["text"], choice["finish_reason"], choice["stop_reason"]) == ("one ", "stop", "stop")
    # What might have become a stop word is shown in the end, when it has not.
    (choice,) = openai(engine, stop=["stopper"], max_tokens=9).json()["choices"]
    assert (choice["text"], choice["stop_reason"]) == ("one stop", None)


@pytest.mark.parametrize("priority", [-1, 1])
def test_vllm_refuses_priorities_without_the_policy(start: Start, priority: int) -> None:
    engine = start("vllm")
    answer = openai(engine, priority=priority)
    assert (answer.status, answer.json()["error"]["type"]) == (400, "BadRequestError")
    assert "Priority scheduling is not enabled" in answer.json()["error"]["message"]
    request = engine.completions[-1]
    assert (request.ask.priority if request.ask else None, request.slot) == (priority, None)
    assert (
        openai(engine, priority=0).status == openai(start("vllm", by_priority=True), priority=priority).status
    )
    assert openai(engine).status == 200


def test_vllm_serves_the_lowest_priority_first(start: Start) -> None:
    engine, gate = start("vllm", slots=1, by_priority=True), Gate()
    engine.script(EngineScript(hold=gate, hold_after=1))
    streams = []
    for waiting, priority in enumerate((0, 5, 1, 5, -1)):
        body = {"model": "tiny", "prompt": "x", "max_tokens": 1, "stream": True, "priority": priority}
        stream = Client(engine.url).stream("/v1/completions", method="POST", json=body, first_id=None)
        streams.append(stream)
        engine.require(lambda waiting=waiting: engine.waiting == waiting, "requests should wait")
    gate.release()
    for stream in streams:
        stream.read_all()
    order = sorted(engine.completions, key=lambda request: request.slot_ms or 0.0)
    assert [request.ask.priority for request in order if request.ask] == [0, -1, 1, 5, 5]


@pytest.mark.parametrize(
    ("more", "status", "text"),
    [
        ({"model": "other"}, 404, "`other` does not exist"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"max_tokens": 62}, 400, "maximum context length is 64"),
        ({"temperature": -0.1}, 400, "temperature"),
        ({"top_p": 0}, 400, "top_p"),
        ({"top_p": 1.1}, 400, "top_p"),
        ({"top_k": -2}, 400, "top_k"),
        ({"min_p": 2}, 400, "min_p"),
        ({"prompt": ["a", "b"]}, 400, "prompt"),
        ({"stop": 5}, 400, "stop"),
        ({"stream": "yes"}, 400, "stream"),
    ],
)
def test_vllm_refuses_values(start: Start, more: dict[str, Any], status: int, text: str) -> None:
    answer = openai(start("vllm"), **more)
    assert (answer.status, answer.json()["error"]["code"]) == (status, status)
    assert text in answer.json()["error"]["message"]


def test_vllm_takes_values_that_mean_off(start: Start) -> None:
    engine = start("vllm")
    assert openai(engine, model=None, top_k=-1, top_p=1, min_p=0, temperature=0, max_tokens=61).status == 200
    assert post(engine, "/v1/completions", {"prompt": [1, 2]}).json()["usage"]["total_tokens"] == 18


def test_vllm_counts_tokens(start: Start) -> None:
    engine = start("vllm")
    answer = post(engine, "/tokenize", {"model": "tiny", "prompt": "hello you"}).json()
    assert (answer["count"], len(answer["tokens"]), answer["max_model_len"]) == (4, 4, 64)
    plain = post(engine, "/tokenize", {"prompt": "hello you", "add_special_tokens": False}).json()
    assert plain["tokens"] == answer["tokens"][1:]
    assert post(engine, "/tokenize", {}).status == 400


def test_vllm_tells_of_its_cache(start: Start) -> None:
    engine, gate = start("vllm", slots=2), Gate()
    engine.script(EngineScript(hold=gate, hold_after=2), EngineScript(stall_after=1))
    body = {"prompt": "hello", "max_tokens": 4, "stream": True}
    stream = Client(engine.url).stream("/v1/completions", method="POST", json=body, first_id=None)
    for _ in range(2):
        stream.next_event(5.0)
    labels = {"engine": "0", "model_name": "tiny"}
    scrape = parse_exposition(Client(engine.url).get("/metrics").body)
    assert scrape.value("vllm:num_requests_running", **labels) == 1
    assert scrape.value("vllm:kv_cache_usage_perc", **labels) == (3 + 2) / 128
    gate.release()
    stream.read_all()
    assert engine.wait_for(lambda: engine.completions[0].finished_ms is not None)
    scrape = parse_exposition(Client(engine.url).get("/metrics").body)
    assert scrape.value("vllm:kv_cache_usage_perc", **labels) == 0
    assert scrape.value("vllm:generation_tokens_total", **labels) == 4
    assert scrape.value("vllm:time_to_first_token_seconds_count", **labels) == 1
    assert scrape.value("vllm:request_success_total", finished_reason="stop", **labels) == 1
    stream = Client(engine.url).stream("/v1/completions", method="POST", json=body, first_id=None)
    stream.next_event(5.0)
    stream.close()
    assert engine.wait_for(lambda: engine.completions[-1].finished_ms is not None)
    scrape = parse_exposition(Client(engine.url).get("/metrics").body)
    assert scrape.value("vllm:request_success_total", finished_reason="abort", **labels) == 1


# OpenAI-compatible servers


def test_openai_is_only_the_api(start: Start) -> None:
    engine = start("openai")
    client = Client(engine.url)
    assert [client.get(path).status for path in ("/health", "/version", "/metrics", "/props")] == [404] * 4
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["tiny"]
    answer = post(engine, "/v1/completions", {"prompt": "hello"})
    assert (answer.status, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_openai_tells_no_usage_unasked(start: Start) -> None:
    engine = start("openai")
    assert "usage" not in openai(engine, stream=True).text
    chunks = data_of(openai(engine, stream=True, stream_options={"include_usage": True}))
    assert ['"usage":null' in chunk for chunk in chunks] == [True, True, False, False]
