"""Triton itself with the kit's text model: what adapters and the played engine are held against."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import Client, EngineError, EventStream, NotTestable, ScriptError, TransportError
from orchqueue.kit.triton import RealTriton, TritonModel, TritonScript

MODELS = (TritonModel("tiny", slots=2), TritonModel("so-far", slots=1, cumulative=True))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, triton_environment: Path) -> Iterator[RealTriton]:
    with RealTriton(tmp_path_factory.mktemp("triton"), MODELS, environment=triton_environment) as running:
        yield running


@pytest.fixture
def triton(shared: RealTriton) -> Iterator[RealTriton]:
    shared.script(TritonScript(ms_per_token=0))
    yield shared
    assert shared.wait_for(lambda: shared.slots_busy == 0)


def ask(triton: RealTriton, text: str = "hello", *, model: str = "tiny", **parameters: Any) -> EventStream:
    body = {"text_input": text, "parameters": parameters}
    path = f"/v2/models/{model}/generate_stream"
    return Client(triton.url).stream(path, method="POST", json=body, first_id=None)


def said(stream: EventStream) -> list[str]:
    return [event.json()["text_output"] for event in stream.read_all()]


def newest(triton: RealTriton) -> Any:
    return triton.requests[-1]


def test_a_text_is_streamed_and_written_down(triton: RealTriton) -> None:
    stream = ask(triton, "prömpt\n", max_tokens=40, seed=4_294_967_294, temperature=0.5)
    texts = said(stream)
    assert len(texts) == 40
    assert stream.header("content-type") == "text/event-stream; charset=utf-8"
    assert not stream.findings
    assert stream.events[0].json() == {"model_name": "tiny", "model_version": "1", "text_output": texts[0]}
    request = newest(triton)
    assert (request.model, request.prompt, request.outcome, request.sent) == (
        "tiny",
        "prömpt\n",
        "finished",
        40,
    )
    assert request.parameters == {"max_tokens": 40, "seed": 4_294_967_294, "temperature": 0.5}


def test_equal_seeds_say_the_same_and_others_do_not(triton: RealTriton) -> None:
    one = said(ask(triton, seed=1))
    assert len(one) == 16
    assert said(ask(triton, seed=1)) == one
    assert said(ask(triton, seed=1, max_tokens=20))[:16] == one
    for other in ({"seed": 2}, {"seed": 1, "temperature": 0.5}, {"random_seed": 1}):
        assert said(ask(triton, **other)) != one
    assert said(ask(triton, "other", seed=1)) != one
    assert said(ask(triton)) != said(ask(triton))


def test_a_backend_may_say_the_whole_text_each_time(triton: RealTriton) -> None:
    parts = said(ask(triton, seed=1, max_tokens=6))
    wholes = said(ask(triton, seed=1, max_tokens=6, model="so-far"))
    assert wholes == ["".join(parts[: n + 1]) for n in range(6)]


def test_an_error_in_mid_stream_is_an_event_of_a_stream_that_ends_well(triton: RealTriton) -> None:
    triton.script(TritonScript(fail_after=2))
    stream = ask(triton)
    events = [event.json() for event in stream.read_all()]
    assert stream.status == 200
    assert stream.ended == "complete"
    assert [sorted(event) for event in events[:2]] == [["model_name", "model_version", "text_output"]] * 2
    assert events[2:] == [{"error": "the script says to fail"}]
    assert (newest(triton).outcome, newest(triton).sent) == ("failed", 2)


@pytest.mark.parametrize("script", [TritonScript(fail_after=0), TritonScript(raise_after=0)])
def test_an_error_before_the_first_token_is_a_status(triton: RealTriton, script: TritonScript) -> None:
    triton.script(script)
    stream = ask(triton)
    assert stream.status == 400
    assert (stream.header("content-type") or "").startswith("text/event-stream")
    assert "the script says to" in stream.exchange.text
    assert (newest(triton).outcome, newest(triton).sent) == ("failed", 0)


def test_code_that_breaks_in_mid_stream_is_told_with_its_place(triton: RealTriton) -> None:
    triton.script(TritonScript(raise_after=1))
    last = ask(triton).read_all()[-1].json()
    assert "ValueError: the script says to break" in last["error"]
    triton.script(TritonScript(ms_per_token=0))
    assert len(said(ask(triton))) == 16


def test_a_model_may_end_before_its_limit(triton: RealTriton) -> None:
    triton.script(TritonScript(end_after=3))
    assert len(said(ask(triton))) == 3
    assert newest(triton).outcome == "finished"


def test_a_client_that_leaves_is_seen_by_the_model(triton: RealTriton) -> None:
    triton.script(TritonScript(hold_after=3))
    stream = ask(triton, max_tokens=1000)
    for _ in range(3):
        stream.next_event(10)
    assert triton.slots_busy == 1
    stream.close()
    assert triton.wait_for(lambda: triton.slots_busy == 0)
    assert (newest(triton).outcome, newest(triton).sent) == ("cancelled", 3)


def test_a_request_that_finds_every_instance_at_work_waits(triton: RealTriton) -> None:
    triton.script(TritonScript(hold_after=1))
    held = ask(triton, model="so-far")
    held.next_event(10)
    before = len(triton.requests)
    # The answer's head comes with its first token, so this one is asked for beside us.
    with Client(triton.url).raw() as waiting:
        body = b'{"text_input":"later","parameters":{"max_tokens":2}}'
        head = b"POST /v2/models/so-far/generate_stream HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        waiting.send(head % len(body) + body)
        assert len(triton.requests) == before
        triton.release()
        assert held.read_all()
        reply = waiting.receive_response()
    assert reply.exchange("POST").status == 200
    assert newest(triton).prompt == "later"


def test_what_it_says_of_itself(triton: RealTriton) -> None:
    said(ask(triton))
    client = Client(triton.url)
    assert client.get("/v2/health/live").status == 200
    assert client.get("/v2").json()["version"].startswith("2.")
    model = client.get("/v2/models/so-far").json()
    assert [entry["name"] for entry in model["inputs"]] == ["text_input"]
    metrics = Client(triton.metrics_url).get("/metrics").text
    assert 'nv_inference_request_success{model="tiny",version="1"}' in metrics


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 500),
        (b'{"other":1}', 400),
        (b'{"text_input":3}', 500),
        (b'{"text_input":"a","parameters":{"stop":["b"]}}', 400),
    ],
)
def test_how_it_refuses(triton: RealTriton, body: bytes, status: int) -> None:
    answer = Client(triton.url).post("/v2/models/tiny/generate_stream", body=body)
    assert (answer.status, list(answer.json())) == (status, ["error"])


def test_a_stop_lets_a_running_stream_finish(tmp_path: Path, triton_environment: Path) -> None:
    triton = RealTriton(tmp_path, (TritonModel(slots=1),), environment=triton_environment).start()
    triton.script(TritonScript(ms_per_token=5, hold_after=1))
    stream = ask(triton, max_tokens=3)
    stream.next_event(10)
    triton.release()
    assert triton.stop() == 0
    assert len(stream.read_all()) == 3
    assert stream.ended == "complete"
    with pytest.raises(TransportError):
        Client(triton.url).get("/v2")
    assert "Waiting for in-flight requests" in triton.log()
    assert triton.stop() is None


def test_without_the_wheel_it_says_what_brings_it(tmp_path: Path) -> None:
    with pytest.raises(NotTestable, match="the extra `engine-triton` brings it"):
        RealTriton(tmp_path, environment=tmp_path).start()


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """An environment with a program that is no Triton: it says a word on standard error and exits."""
    server = tmp_path / "wheel" / "lib" / "python3.11" / "site-packages" / "pytriton" / "tritonserver"
    (server / "bin").mkdir(parents=True)
    program = server / "bin" / "tritonserver"
    program.write_text("#!/bin/sh\necho libpython is missing >&2\nexit 3\n")
    program.chmod(0o755)
    return tmp_path / "wheel"


def test_an_environment_of_a_python_that_triton_does_not_know(tmp_path: Path, wheel: Path) -> None:
    with pytest.raises(NotTestable, match=r"no backend for Python 3\.11"):
        RealTriton(tmp_path, environment=wheel).start()


def test_a_server_that_does_not_come_up_says_why(tmp_path: Path, wheel: Path) -> None:
    stub = wheel.joinpath(
        "lib", "python3.11", "site-packages", "pytriton", "tritonserver", "python_backend_stubs", "3.11"
    )
    stub.mkdir(parents=True)
    (stub / "triton_python_backend_stub").touch()
    with pytest.raises(EngineError, match=r"exit code 3\):\nlibpython is missing"):
        RealTriton(tmp_path, environment=wheel).start()


def test_a_script_counts_from_0() -> None:
    with pytest.raises(ScriptError, match="hold_after is -1"):
        TritonScript(hold_after=-1)
