"""What is peculiar to single formats of the scripted engine, on the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from orchqueue.kit import Client, EngineScript, Gate, ScriptedEngine, parse_exposition
from orchqueue.kit.engine import Special

Start = Callable[..., ScriptedEngine]


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Start:
    def started(wire_format: str, **options: Any) -> ScriptedEngine:
        engine = ScriptedEngine(format=wire_format, ms_per_token=0.0, ctx=64, **options).start()
        request.addfinalizer(engine.stop)
        return engine

    return started


def post(engine: ScriptedEngine, path: str, body: Any) -> Any:
    return Client(engine.url).post(path, json=body)


def openai(engine: ScriptedEngine, **more: Any) -> Any:
    return post(engine, "/v1/completions", {"model": "tiny", "prompt": "hello", "max_tokens": 2} | more)


def tgi(engine: ScriptedEngine, path: str = "/generate_stream", **parameters: Any) -> Any:
    return post(engine, path, {"inputs": "hello", "parameters": {"max_new_tokens": 2} | parameters})


def triton(engine: ScriptedEngine, path: str = "generate_stream", **parameters: Any) -> Any:
    return post(engine, f"/v2/models/tiny/{path}", {"text_input": "hello", "parameters": parameters})


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
    engine, gate = start("vllm", slots=1), Gate()
    engine.script(EngineScript(hold=gate, hold_after=2))
    body = {"prompt": "hello", "max_tokens": 4, "stream": True}
    stream = Client(engine.url).stream("/v1/completions", method="POST", json=body, first_id=None)
    for _ in range(2):
        stream.next_event(5.0)
    labels = {"engine": "0", "model_name": "tiny"}
    scrape = parse_exposition(Client(engine.url).get("/metrics").body)
    assert scrape.value("vllm:num_requests_running", **labels) == 1
    assert scrape.value("vllm:kv_cache_usage_perc", **labels) == (3 + 2) / 64
    gate.release()
    stream.read_all()
    assert engine.wait_for(lambda: engine.completions[0].finished_ms is not None)
    scrape = parse_exposition(Client(engine.url).get("/metrics").body)
    assert scrape.value("vllm:kv_cache_usage_perc", **labels) == 0
    assert scrape.value("vllm:generation_tokens_total", **labels) == 4
    assert scrape.value("vllm:time_to_first_token_seconds_count", **labels) == 1
    assert scrape.value("vllm:request_success_total", finished_reason="stop", **labels) == 1


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


# TGI


def test_tgi_tells_of_itself(start: Start) -> None:
    client = Client(start("tgi", version="9.9").url)
    assert (client.get("/health").status, client.get("/health").body) == (200, b"")
    info = client.get("/info").json()
    assert {name: info[name] for name in ("model_id", "version", "max_input_tokens", "max_total_tokens")} == {
        "model_id": "tiny",
        "version": "9.9",
        "max_input_tokens": 63,
        "max_total_tokens": 64,
    }


def test_tgi_tells_the_end_with_the_last_token(start: Start) -> None:
    engine = start("tgi")
    engine.script_default(EngineScript(tokens=["a", "b", Special("</s>")]))
    first, _, last = Client(engine.url).post("/generate_stream", json=_detailed()).text.split("\n\n")[:3]
    assert first == (
        'data:{"index":1,"token":{"id":51863,"text":"a","logprob":-0.5,"special":false},'
        '"generated_text":null,"details":null}'
    )
    assert last.endswith(
        '"text":"</s>","logprob":-0.5,"special":true},"generated_text":"ab",'
        '"details":{"finish_reason":"eos_token","generated_tokens":3,"seed":null,"input_length":3}}'
    )
    assert '"details":null' in data_of(tgi(engine, max_new_tokens=9))[-1]
    assert '"generated_text":"helloab"' in data_of(tgi(engine, max_new_tokens=9, return_full_text=True))[-1]


def _detailed() -> dict[str, Any]:
    return {"inputs": "hello", "parameters": {"max_new_tokens": 9, "details": True}}


def test_tgi_shows_stop_words(start: Start) -> None:
    engine = start("tgi")
    engine.script_default(EngineScript(tokens=["one", " st", "op", "on"]))
    answer = tgi(engine, "/generate", max_new_tokens=9, stop=["stop"], details=True).json()
    assert answer["generated_text"] == "one stop"
    assert (answer["details"]["finish_reason"], answer["details"]["generated_tokens"]) == ("stop_sequence", 3)


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"temperature": 0}, "`temperature` must be strictly positive"),
        ({"top_p": 1.0}, "`top_p` must be > 0.0 and < 1.0"),
        ({"top_k": 0}, "`top_k` must be strictly positive"),
        ({"max_new_tokens": 0}, "`max_new_tokens` must be strictly positive"),
        ({"max_new_tokens": 62}, "`inputs` tokens + `max_new_tokens` must be <= 64"),
        ({"stop": ["a"] * 5}, "`stop` supports up to 4"),
    ],
)
def test_tgi_refuses_values_in_the_stream(start: Start, parameters: dict[str, Any], text: str) -> None:
    engine = start("tgi")
    streamed, plain = tgi(engine, **parameters), tgi(engine, "/generate", **parameters)
    assert (streamed.status, streamed.header("content-type")) == (200, "text/event-stream")
    assert (plain.status, plain.json()["error_type"]) == (422, "validation")
    assert text in plain.json()["error"]
    assert [plain.text] == data_of(streamed)
    engine.script_default(EngineScript(refuse_in_stream=False))
    assert tgi(engine, **parameters).status == 422


def test_tgi_is_overloaded_in_the_stream(start: Start) -> None:
    engine = start("tgi")
    engine.busy = True
    assert tgi(engine).status == 200
    assert data_of(tgi(engine)) == ['{"error":"Model is overloaded","error_type":"overloaded"}']
    assert tgi(engine, "/generate").status == 429
    engine.script_default(EngineScript(refuse_in_stream=False))
    assert tgi(engine).status == 429


def test_tgi_fails_with_424(start: Start) -> None:
    engine = start("tgi")
    engine.script_default(EngineScript(error_after=0))
    assert (tgi(engine, "/generate").status, tgi(engine).status) == (424, 200)
    assert '"error_type":"generation"' in data_of(tgi(engine))[0]


def test_tgi_samples_only_where_it_is_asked_to(start: Start) -> None:
    engine = start("tgi")

    def text(**parameters: Any) -> Any:
        return tgi(engine, "/generate", max_new_tokens=9, **parameters).json()["generated_text"]

    assert text(seed=1) == text(seed=2) != text(seed=1, do_sample=True) != text(seed=2, do_sample=True)
    assert text(seed=1, temperature=0.5) != text(seed=2, temperature=0.5)


def test_tgi_counts_tokens(start: Start) -> None:
    tokens = post(start("tgi"), "/tokenize", {"inputs": "hello you"}).json()
    assert len(tokens) == 4
    assert "".join(token["text"] for token in tokens) == "hello you"
    assert (tokens[-1]["start"], tokens[-1]["stop"]) == (5, 9)


# Triton


def test_triton_fails_before_the_first_response_as_a_stream(start: Start) -> None:
    engine = start("triton")
    engine.script_default(EngineScript(error_after=0, error_message="kaboom"))
    answer = triton(engine)
    assert (answer.status, answer.header("content-type")) == (400, "text/event-stream; charset=utf-8")
    assert answer.text == 'data: {"error":"kaboom"}\n\n'
    answer = triton(engine, "generate")
    assert (answer.status, answer.header("content-type"), answer.text) == (
        400,
        "application/json",
        '{"error":"kaboom"}',
    )


def test_triton_fails_inside_a_stream_with_a_clean_end(start: Start) -> None:
    engine = start("triton")
    engine.script_default(EngineScript(tokens=["a", "b"], error_after=1, error_message="kaboom"))
    answer = triton(engine)
    assert answer.text == (
        'data: {"model_name":"tiny","model_version":"1","text_output":"a"}\n\ndata: {"error":"kaboom"}\n\n'
    )


def test_triton_takes_tensors_beside_the_text_and_parameters(start: Start) -> None:
    engine = start("triton")
    for body in ({"max_tokens": 3, "random_seed": 4}, {"parameters": {"max_tokens": 3, "random_seed": 4}}):
        assert len(data_of(post(engine, "/v2/models/tiny/generate_stream", {"text_input": "x"} | body))) == 3
        assert (engine.completions[-1].max_tokens, engine.completions[-1].seed) == (3, 4)
    versioned = post(engine, "/v2/models/tiny/versions/1/generate_stream", {"text_input": "x"})
    assert (versioned.status, len(data_of(versioned))) == (200, 16)


def test_triton_has_models(start: Start) -> None:
    engine = start("triton", model="llama")
    client = Client(engine.url)
    assert client.get("/v2/models/llama/ready").status == 200
    assert client.get("/v2/models/tiny/ready").status == 400
    assert client.get("/v2/models/tiny").status == 404
    assert triton(engine).status == 404
    assert client.get("/v2/models/llama").json()["name"] == "llama"


def test_triton_counts_on_a_port_of_its_own(start: Start) -> None:
    engine = start("triton")
    assert triton(engine).status == 200
    engine.script(EngineScript(error_after=1))
    triton(engine)
    assert engine.wait_for(lambda: all(request.finished_ms is not None for request in engine.completions))
    labels = {"model": "tiny", "version": "1"}
    scrape = parse_exposition(Client(engine.metrics_url).get("/metrics").body)
    assert scrape.value("nv_inference_request_success", **labels) == 1
    assert scrape.value("nv_inference_request_failure", reason="BACKEND", **labels) == 1
    assert [request.path for request in engine.requests[-1:]] == ["/metrics"]


# What scripts change of the last event


@pytest.mark.parametrize(
    ("wire_format", "ask", "path"),
    [
        ("vllm", lambda engine: openai(engine, stream=True), "choices.0.finish_reason"),
        ("tgi", lambda engine: tgi(engine, details=True), "details.finish_reason"),
        ("triton", lambda engine: triton(engine, max_tokens=2), "text_output"),
    ],
)
def test_fields_left_out_and_changed(start: Start, wire_format: str, ask: Any, path: str) -> None:
    engine = start(wire_format)
    engine.script(EngineScript(override={path: "changed"}), EngineScript(omit=(path,)))
    changed = [event for event in data_of(ask(engine)) if event != "[DONE]"]
    assert ['"changed"' in event for event in changed] == [False, True]
    left = [event for event in data_of(ask(engine)) if event != "[DONE]"]
    assert not any(path.rpartition(".")[2] in event for event in left)
