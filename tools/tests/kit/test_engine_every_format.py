"""One suite over the scripted engine in every wire format: a script means the same in all of them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from orchqueue.kit import (
    Client,
    EngineRequest,
    EngineScript,
    EventStream,
    Gate,
    ScriptedEngine,
    SseEvent,
    TransportError,
    Turnstile,
    parse_exposition,
)
from orchqueue.kit.engine import FORMATS, Special

CHARACTER = "你".encode()
WAITING = {
    "llamacpp": "llamacpp:requests_deferred",
    "vllm": 'vllm:num_requests_waiting{engine="0",model_name="tiny"}',
    "tgi": "tgi_queue_size",
    "triton": 'nv_inference_pending_request_count{model="tiny",version="1"}',
}
AWKWARD = ("a", CHARACTER[:1], CHARACTER[1:], "b")


@dataclass(frozen=True)
class Dialect:
    """How a request for a completion is put in a format, and where its answer says what."""

    path: str
    prompt: str
    limit: str
    health: str
    delta: Callable[[Any], str]
    whole: Callable[[Any], str] = lambda data: ""
    plain_path: str | None = None
    fixed: dict[str, Any] = field(default_factory=dict)
    streamed: dict[str, Any] = field(default_factory=dict)
    nested: bool = False
    reason: Callable[[list[Any]], str | None] = lambda data: None
    reasons: tuple[str | None, str | None, str | None] = (None, None, None)
    tokens: Callable[[list[Any]], int | None] = lambda data: None
    early: bool = False
    last: str = "text_output"

    def body(self, prompt: str = "hello", limit: int | None = 6, **more: Any) -> dict[str, Any]:
        values = {self.limit: limit, "seed": 1} | more
        values = {name: value for name, value in values.items() if value is not None}
        inner = {"parameters": self.fixed.get("parameters", {}) | values} if self.nested else values
        return {self.prompt: prompt} | self.fixed | inner


def openai_reason(data: list[Any]) -> str | None:
    return next((item["choices"][0]["finish_reason"] for item in reversed(data) if item["choices"]), None)


OPENAI = Dialect(
    "/v1/completions",
    "prompt",
    "max_tokens",
    "/v1/models",
    lambda data: "".join(choice["text"] for choice in data["choices"]),
    whole=lambda data: data["choices"][0]["text"],
    fixed={"model": "tiny"},
    streamed={"stream": True, "stream_options": {"include_usage": True}},
    reason=openai_reason,
    reasons=("length", "stop", "stop"),
    last="choices.0.finish_reason",
    tokens=lambda data: data[-1]["usage"]["completion_tokens"],
)
DIALECTS = {
    "llamacpp": Dialect(
        "/completion",
        "prompt",
        "n_predict",
        "/health",
        lambda data: data["content"],
        whole=lambda data: data["content"],
        streamed={"stream": True},
        reason=lambda data: data[-1].get("stop_type"),
        reasons=("limit", "eos", "word"),
        last="stop_type",
        tokens=lambda data: data[-1]["tokens_predicted"],
    ),
    "openai": OPENAI,
    "vllm": Dialect(**{**OPENAI.__dict__, "health": "/health", "early": True}),
    "tgi": Dialect(
        "/generate_stream",
        "inputs",
        "max_new_tokens",
        "/health",
        lambda data: "" if data["token"]["special"] else data["token"]["text"],
        whole=lambda data: data["generated_text"],
        plain_path="/generate",
        fixed={"parameters": {"details": True, "do_sample": True}},
        nested=True,
        reason=lambda data: (data[-1]["details"] or {}).get("finish_reason"),
        reasons=("length", "eos_token", "stop_sequence"),
        last="details.finish_reason",
        tokens=lambda data: data[-1]["details"]["generated_tokens"],
        early=True,
    ),
    "triton": Dialect(
        "/v2/models/tiny/generate_stream",
        "text_input",
        "max_tokens",
        "/v2/health/ready",
        lambda data: data["text_output"],
        whole=lambda data: data["text_output"],
        plain_path="/v2/models/tiny/generate",
        nested=True,
    ),
}


@pytest.fixture(params=list(FORMATS))
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def dialect(name: str) -> Dialect:
    return DIALECTS[name]


@pytest.fixture
def engine(name: str) -> Iterator[ScriptedEngine]:
    with ScriptedEngine(format=name, slots=2, ms_per_token=0.0, ctx=64) as running:
        yield running


@pytest.fixture
def ask(engine: ScriptedEngine, dialect: Dialect) -> Callable[..., EventStream]:
    def asked(**values: Any) -> EventStream:
        body = dialect.body(**values) | dialect.streamed
        return Client(engine.url).stream(dialect.path, method="POST", json=body, first_id=None)

    return asked


def data_of(events: list[SseEvent]) -> list[Any]:
    return [event.json() for event in events if event.data != "[DONE]"]


def said(dialect: Dialect, stream: EventStream) -> str:
    return "".join(map(dialect.delta, data_of(stream.read_all())))


def newest(engine: ScriptedEngine, count: int = 1) -> EngineRequest:
    """The newest of so many completions, once it is over."""
    done = lambda: len(engine.completions) == count and engine.completions[-1].finished_ms is not None  # noqa: E731
    assert engine.wait_for(done)
    return engine.completions[-1]


def test_every_format_has_a_dialect() -> None:
    assert set(DIALECTS) == set(FORMATS)


def test_equal_seeds_say_the_same_and_others_do_not(dialect: Dialect, ask: Any) -> None:
    one = said(dialect, ask())
    assert said(dialect, ask()) == one != ""
    assert len({one, said(dialect, ask(seed=2)), said(dialect, ask(prompt="other"))}) == 3
    assert said(dialect, ask(temperature=0.5)) != one
    assert said(dialect, ask(seed=None)) != said(dialect, ask(seed=None))


def test_what_reached_it_reads_the_same(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    text = said(dialect, ask(prompt="hello you", limit=5, seed=7, temperature=0.5, top_p=0.25, top_k=9))
    request = newest(engine)
    assert request.ask is not None
    assert (request.workload, request.prompt, request.max_tokens, request.seed) == (
        "completion",
        "hello you",
        5,
        7,
    )
    assert (request.ask.temperature, request.ask.top_p, request.ask.top_k, request.ask.stream) == (
        0.5,
        0.25,
        9,
        True,
    )
    assert (request.text, request.tokens_sent, request.events_sent, request.finished) == (text, 5, 5, True)
    assert (request.path, engine.work, engine.requests) == (dialect.path, [request], [request])
    assert request.started_ms <= (request.slot_ms or 0) <= (request.first_token_ms or 0)
    assert said(dialect, ask(limit=None, seed=None))
    assert (newest(engine, 2).max_tokens, newest(engine, 2).seed) == (None, None)


def test_how_it_ended(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    engine.script(EngineScript(), EngineScript(tokens=["a", "b"]), EngineScript(tokens=["a", " stop", "b"]))
    stop = "stop" if dialect.path.startswith("/v2") else ["stop"]
    ends = [data_of(stream.read_all()) for stream in (ask(), ask(), ask(stop=stop))]
    assert tuple(map(dialect.reason, ends)) == dialect.reasons
    assert dialect.tokens(ends[0]) in {6, None}
    assert dialect.tokens(ends[1]) in {2, None}
    assert [request.tokens_sent for request in engine.completions] == [6, 2, 2]


def test_events_are_not_tokens(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    engine.script(EngineScript(tokens=AWKWARD), EngineScript(tokens=AWKWARD, tokens_per_event=3))
    one, grouped = ask(), ask()
    assert said(dialect, one) == said(dialect, grouped) == "a你b"
    assert {dialect.tokens(data_of(stream.events)) for stream in (one, grouped)} <= {4, None}
    assert newest(engine, 2).events_sent == 2
    assert engine.completions[0].events_sent == (3 if engine.format == "llamacpp" else 4)


def test_special_tokens_are_no_text(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    engine.script(EngineScript(tokens=[Special("<s>"), "a", "b", Special("</s>")]))
    stream = ask()
    assert said(dialect, stream) == newest(engine).text == "ab"
    assert dialect.tokens(data_of(stream.events)) in {4, None}


def test_the_whole_text_in_every_event(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    engine.script(EngineScript(tokens=["a", "b", "c"], cumulative=True))
    assert list(map(dialect.delta, data_of(ask().read_all())))[:3] == ["a", "ab", "abc"]
    assert newest(engine).text == "abc"


def test_without_a_stream(engine: ScriptedEngine, dialect: Dialect) -> None:
    engine.script(EngineScript(tokens=["ab"]), EngineScript(malformed_after=1), EngineScript(end_after=0))
    client, path = Client(engine.url), dialect.plain_path or dialect.path
    answer = client.post(path, json=dialect.body())
    assert (answer.status, dialect.whole(answer.json()), newest(engine).text) == (200, "ab", "ab")
    with pytest.raises(json.JSONDecodeError):
        client.post(path, json=dialect.body()).json()
    assert client.post(path, json=dialect.body()).body == b""


@pytest.mark.parametrize(
    ("script", "text", "ended"),
    [
        (EngineScript(cut_after=2), "ab", "truncated"),
        (EngineScript(cut_after=3), "abc", "truncated"),
        (EngineScript(cut_after=2, cut_reset=True), None, "truncated"),
        (EngineScript(bad_chunk_after=2), "ab", "truncated"),
        (EngineScript(end_after=2), "ab", "complete"),
        (EngineScript(end_after=3), "abc", "complete"),
        (EngineScript(end_after=0), "", "complete"),
        (EngineScript(line_end="\r\n"), "abc", "complete"),
        (EngineScript(write_size=5), "abc", "complete"),
        (EngineScript(ping_every=1), "abc", "complete"),
        (EngineScript(data_space=False), "abc", "complete"),
        (EngineScript(data_space=True), "abc", "complete"),
        (EngineScript(done_marker=True), "abc", "complete"),
        (EngineScript(done_marker=False), "abc", "complete"),
    ],
    ids=lambda value: str(value)[-60:] if isinstance(value, str) else None,
)
def test_how_streams_are_written_and_cut(
    engine: ScriptedEngine, dialect: Dialect, ask: Any, script: EngineScript, text: str | None, ended: str
) -> None:
    engine.script(EngineScript(**{**script.__dict__, "tokens": ("a", "b", "c")}))
    stream = ask()
    got = said(dialect, stream)
    assert (stream.ended, stream.findings) == (ended, [])
    assert text is None or got == text
    assert bool(stream.comments) == bool(script.ping_every)
    breaks = ended == "truncated" or script.end_after is not None
    assert not got or (dialect.reason(data_of(stream.events)) is None) == (
        breaks or engine.format == "triton"
    )
    done = engine.format in {"openai", "vllm"} if script.done_marker is None else script.done_marker
    assert any(event.data == "[DONE]" for event in stream.events) == (done and not breaks)
    assert newest(engine).finished != breaks
    assert engine.slots_busy == 0
    assert said(dialect, ask()) != ""  # and the next one is served as if nothing had been


def test_events_in_pieces(engine: ScriptedEngine, dialect: Dialect) -> None:
    engine.script(EngineScript(write_size=5))
    body = json.dumps(dialect.body() | dialect.streamed).encode()
    head = f"POST {dialect.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with Client(engine.url).raw() as connection:
        connection.send(head.encode() + body)
        answer = connection.receive(lambda data: data.endswith(b"\r\n0\r\n\r\n")).data.partition(b"\r\n\r\n")[
            2
        ]
    assert answer.startswith(b"5\r\ndata:\r\n5\r\n")


def test_errors_end_the_connection_only_of_llamacpp(engine: ScriptedEngine, dialect: Dialect) -> None:
    with Client(engine.url, keep_alive=True) as client:
        closes = client.post(dialect.path, body=b"{bad").header("connection")
    assert closes == ("close" if engine.format == "llamacpp" else None)


def test_the_space_after_data(engine: ScriptedEngine, dialect: Dialect) -> None:
    engine.script(EngineScript(), EngineScript(data_space=True), EngineScript(data_space=False))
    body = dialect.body() | dialect.streamed
    seen = [Client(engine.url).post(dialect.path, json=body).text[:6] for _ in range(3)]
    assert seen == ["data:{" if engine.format == "tgi" else "data: ", "data: ", "data:{"]


def test_malformed_data(engine: ScriptedEngine, ask: Any) -> None:
    engine.script(EngineScript(malformed_after=1, malformed="[1, 2"))
    stream = ask()
    events = stream.read_all()
    assert (events[1].data, stream.ended) == ("[1, 2", "complete")


def test_a_hold_before_the_end_is_told(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    gate = Gate()
    engine.script(EngineScript(tokens=["a", "b"], hold=gate, hold_after=2))
    stream = ask(limit=2)
    for _ in range(2):
        stream.next_event(5.0)
    if dialect.reasons[0] is not None:
        assert dialect.reasons[0] not in json.dumps(data_of(stream.events))
    gate.release()
    assert said(dialect, stream) == "ab"
    assert dialect.reason(data_of(stream.events)) == dialect.reasons[0]


def test_an_engine_is_led_token_by_token(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    turnstile = Turnstile()
    engine.script(EngineScript(tokens=["a", "b", "c"], each=turnstile))
    turnstile.let()
    stream = ask(limit=3)
    for count in (1, 2):
        assert engine.wait_for(lambda count=count: engine.completions[-1].tokens_sent >= count)
        assert engine.completions[-1].tokens_sent == count
        turnstile.let()
    assert said(dialect, stream) == "abc"


def test_errors(engine: ScriptedEngine, ask: Any) -> None:
    """Before the first token by a status where headers wait for it, and inside the stream afterwards."""
    engine.script(
        EngineScript(error_after=0, error_message="out of luck"),
        EngineScript(error_after=2, error_message="out of luck"),
    )
    before, inside = ask(), ask()
    expected = {"llamacpp": 500, "openai": 500, "triton": 400, "vllm": 200, "tgi": 200}
    assert before.status == expected[engine.format]
    if before.status == 200:
        assert "out of luck" in before.read_all()[0].data
    else:
        assert "out of luck" in before.exchange.text
    events = inside.read_all()
    assert (inside.status, len(events), inside.ended) == (
        200,
        4 if engine.format == "vllm" else 3,
        "complete",
    )
    assert "out of luck" in str(events[2].json()["error"])
    assert not newest(engine, 2).finished


@pytest.mark.parametrize("in_stream", [True, False])
def test_refusals(engine: ScriptedEngine, dialect: Dialect, ask: Any, in_stream: bool) -> None:
    busy = {"llamacpp": 503, "openai": 429, "vllm": 503, "tgi": 429, "triton": 503}[engine.format]
    engine.script(
        EngineScript(busy=True, refuse_in_stream=in_stream),
        EngineScript(error_status=422, error_message="not that", refuse_in_stream=in_stream),
        EngineScript(error_status=422, refuse_in_stream=in_stream),
    )
    streams = [ask(), ask()]
    assert [stream.status for stream in streams] == ([200, 200] if in_stream else [busy, 422])
    assert Client(engine.url).post(dialect.plain_path or dialect.path, json=dialect.body()).status == 422
    for stream, text in zip(streams, ("", "not that"), strict=True):
        answer = stream.read_all()[0].json() if in_stream else stream.exchange.json()
        assert text in str(answer["error"])
    assert newest(engine, 3).tokens_sent == 0


def test_busy_until_it_is_not(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    engine.busy = True
    stream = ask()
    assert stream.status == 200 if engine.format == "tgi" else stream.status in {429, 503}
    assert Client(engine.url).get(dialect.health).status == 200
    engine.reset()
    assert said(dialect, ask()) != ""


def test_an_engine_that_loads(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    engine.ready = False
    client = Client(engine.url)
    assert client.get(dialect.health).status == (400 if engine.format == "triton" else 503)
    assert ask().status == 503
    engine.ready = True
    engine.script(EngineScript(not_ready=True))
    assert [client.get(dialect.health).status, ask().status, ask().status] == [200, 503, 200]


def test_leaving_frees_the_slot(engine: ScriptedEngine, ask: Any) -> None:
    engine.script(EngineScript(tokens=["a"] * 30, stall_after=3))
    stream = ask(limit=30)
    for _ in range(3):
        stream.next_event(5.0)
    assert (engine.slots_busy, engine.completions[0].disconnected_ms) == (1, None)
    stream.close()
    request = newest(engine)
    assert (request.tokens_sent, request.finished, request.disconnected_ms is not None) == (3, False, True)
    assert engine.wait_for(lambda: engine.slots_busy == 0)


def test_a_further_request_waits(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    gate = Gate()
    engine.script_default(EngineScript(hold=gate, hold_after=1))
    one, two = ask(), ask()
    body = json.dumps(dialect.body() | dialect.streamed).encode()
    head = f"POST {dialect.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with Client(engine.url).raw() as third:
        third.send(head.encode() + body)
        engine.require(lambda: engine.waiting == 1, "a third request should wait")
        if engine.format in WAITING:
            assert f"{WAITING[engine.format]} 1\n" in Client(engine.metrics_url).get("/metrics").text
        if dialect.early:
            assert third.receive(bool).data.startswith(b"HTTP/1.1 200 OK\r\n")
        else:
            assert third.receive(bool, timeout_s=0.02).data == b""
    assert engine.wait_for(lambda: engine.waiting == 0)
    assert (engine.completions[-1].slot, engine.completions[-1].finished) == (None, False)
    gate.release()
    assert "" not in {said(dialect, one), said(dialect, two)}


def test_tokens_come_at_their_pace(engine: ScriptedEngine, ask: Any) -> None:
    engine.script(EngineScript(ms_per_token=5.0, prompt_ms=10.0))
    events = ask().read_all()
    request = newest(engine)
    assert (request.first_token_ms or 0) - request.started_ms >= 15.0
    assert events[5].received_ms - (request.slot_ms or 0) >= 10.0 + 6 * 5.0


def test_it_goes_away_and_comes_back(engine: ScriptedEngine, dialect: Dialect) -> None:
    url = engine.url, engine.metrics_url
    engine.stop()
    with pytest.raises(TransportError):
        Client(engine.url).get(dialect.health)
    engine.start()
    assert (engine.url, engine.metrics_url) == url
    assert Client(engine.url).get(dialect.health).status == 200


def test_metrics(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    assert said(dialect, ask())
    newest(engine)
    answer = Client(engine.metrics_url).get("/metrics")
    if engine.format == "openai":
        assert answer.status == 404
        return
    parse_exposition(answer.body, answer.header("content-type") or "")
    assert (Client(engine.url).get("/metrics").status == 200) == (engine.format != "triton")


@pytest.mark.parametrize("body", [b"{bad", b"[]", b"{}", b"\xff", b'{"%b": 5}'])
def test_bodies_that_are_refused(engine: ScriptedEngine, dialect: Dialect, body: bytes) -> None:
    body = body % dialect.prompt.encode() if b"%b" in body else body
    answer = Client(engine.url).post(dialect.path, body=body)
    expected = {"llamacpp": {400}, "openai": {400}, "vllm": {400}, "tgi": {422}, "triton": {400, 500}}
    assert answer.status in expected[engine.format]
    assert answer.json()["error"]
    assert (newest(engine).ask, newest(engine).finished) == (None, True)


def test_what_is_not_served(engine: ScriptedEngine, dialect: Dialect) -> None:
    for method, path in (("GET", "/nope"), ("GET", dialect.path), ("DELETE", dialect.health)):
        answer = Client(engine.url).request(method, path)
        assert answer.status in {404, 405}
        assert answer.json()["error"]


def test_fields_left_out_and_changed(engine: ScriptedEngine, dialect: Dialect, ask: Any) -> None:
    path = dialect.last
    engine.script(EngineScript(override={path: "changed"}), EngineScript(omit=(path,)))
    changed = ['"changed"' in event.data for event in ask(limit=2).read_all()]
    assert changed.count(True) == 1
    assert not changed[0]
    name = path.rpartition(".")[2]
    assert f'"{name}"' not in "".join(event.data for event in ask(limit=2).read_all())
