"""What is peculiar to the scripted engine as TGI and as Triton, on the wire."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from orchqueue.kit import Client, EngineScript, ScriptedEngine, Special, parse_exposition

Start = Callable[..., ScriptedEngine]


def post(engine: ScriptedEngine, path: str, body: Any) -> Any:
    return Client(engine.url).post(path, json=body)


def tgi(engine: ScriptedEngine, path: str = "/generate_stream", **parameters: Any) -> Any:
    return post(engine, path, {"inputs": "hello", "parameters": {"max_new_tokens": 2} | parameters})


def triton(engine: ScriptedEngine, path: str = "generate_stream", **parameters: Any) -> Any:
    return post(engine, f"/v2/models/tiny/{path}", {"text_input": "hello", "parameters": parameters})


def data_of(answer: Any) -> list[str]:
    return [line[5:].strip() for line in answer.text.splitlines() if line.startswith("data:")]


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


def test_triton_reads_what_its_model_declares(start: Start) -> None:
    values = {"max_tokens": 3, "seed": 4, "temperature": 0.5, "stop": ["x", "y"]}
    packed = start("triton", takes=("sampling_parameters", "stream"))
    assert len(data_of(triton(packed, sampling_parameters=json.dumps(values), stream=True))) == 3
    typed = start("triton", takes=("max_tokens", "random_seed", "stop_words"))
    body = {"text_input": "hello", "stop_words": ["x", "y"]}
    inner = {"max_tokens": 3, "random_seed": 4, "temperature": 0.5}
    assert post(typed, "/v2/models/tiny/generate_stream", body | {"parameters": inner}).status == 200
    for engine in (packed, typed):
        ask = engine.completions[-1].ask
        assert ask is not None
        assert (ask.max_tokens, ask.seed, ask.temperature, ask.stop) == (3, 4, 0.5, ("x", "y"))


def test_triton_tells_what_inputs_ask_for(start: Start) -> None:
    names = ("finish_reason", "num_input_tokens", "num_output_tokens")
    engine = start("triton", takes=tuple(f"return_{name}" for name in names))
    engine.script(EngineScript(tokens_per_event=3), EngineScript(tokens=["a"]), EngineScript(tokens=[]))
    wanted = {f"return_{name}": True for name in names}

    def told(**parameters: Any) -> list[Any]:
        items = [json.loads(event) for event in data_of(triton(engine, **parameters))]
        return [[item[name] for name in names] for item in items]

    assert told(max_tokens=4, **wanted) == [["None", 3, 3], ["length", 3, 1]]
    assert told(max_tokens=4, **wanted) == [["stop", 3, 1]]
    assert told(max_tokens=4, **wanted) == [["stop", 3, 0]]
    assert "finish_reason" not in triton(engine).text


def test_triton_tells_the_build_of_its_backend(start: Start) -> None:
    engine = start("triton", tells={"trtllm_version": "0.17.0"})
    parameters = Client(engine.url).get("/v2/models/tiny/config").json()["parameters"]
    assert parameters == {"trtllm_version": {"string_value": "0.17.0"}}


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
