"""The scripted engine over the wire: every way in which it can behave, and what it records."""

from typing import Any

import pytest

from orchqueue.kit import (
    Client,
    EngineError,
    EngineRequest,
    EngineScript,
    EventStream,
    Gate,
    NotTestable,
    ScriptedEngine,
    ScriptError,
    TransportError,
)

ASK = {"prompt": "hello", "n_predict": 6, "seed": 1, "stream": True}


def complete(client: Client, **ask: Any) -> EventStream:
    return client.stream("/completion", method="POST", json=ASK | ask, first_id=None)


def said(stream: EventStream) -> list[str]:
    return [event.json()["content"] for event in stream.read_all()]


def only(engine: ScriptedEngine) -> EngineRequest:
    """The one completion that reached the engine, once it is over."""
    assert engine.wait_for(
        lambda: len(engine.completions) == 1 and engine.completions[0].finished_ms is not None
    )
    return engine.completions[0]


def test_equal_seeds_say_the_same_and_others_do_not(engine: ScriptedEngine, client: Client) -> None:
    one = said(complete(client))
    assert said(complete(client)) == one
    assert said(complete(client, seed=2)) != one
    assert said(complete(client, prompt="other")) != one
    assert said(complete(client, temperature=0.5)) != one
    with ScriptedEngine(ms_per_token=0.0) as replica:
        assert said(complete(Client(replica.url))) == one


def test_without_a_seed_no_two_answers_are_alike(client: Client) -> None:
    assert said(complete(client, seed=None)) != said(complete(client, seed=None))
    assert said(complete(client, seed=1, temperature=0)) == said(complete(client, seed=2, temperature=0))


def test_one_connection_serves_many_requests(engine: ScriptedEngine) -> None:
    with Client(engine.url, keep_alive=True) as client:
        for _ in range(3):
            assert client.get("/health").status == 200
            assert client.post("/completion", json=ASK).text.count("data: ") == 7
        connection = client.exchanges[-1].header("connection")
    assert connection is None
    assert len(engine.completions) == 3


def test_limits(engine: ScriptedEngine, client: Client) -> None:
    def last(**ask: Any) -> Any:
        return complete(client, **ask).read_all()[-1].json()

    assert (last()["stop_type"], last()["tokens_predicted"], last()["truncated"]) == ("limit", 6, False)
    assert last(n_predict=0)["tokens_predicted"] == 1
    full = last(n_predict=-1)
    assert (full["tokens_predicted"] + full["tokens_evaluated"], full["truncated"]) == (engine.ctx, True)
    engine.script(
        EngineScript(tokens=2), EngineScript(tokens=["a", "b", "c"]), EngineScript(tokens=["a", "b"])
    )
    assert (last()["stop_type"], last(n_predict=2)["stop_type"], last(n_predict=2)["stop_type"]) == (
        "eos",
        "limit",
        "limit",
    )


def test_events_are_not_tokens(engine: ScriptedEngine, client: Client) -> None:
    raw = "你".encode()
    engine.script(EngineScript(tokens=["a", raw[:1], raw[1:2], raw[2:], "b"]))
    stream = complete(client)
    assert said(stream) == ["a", "你", "b", ""]
    assert [event.json()["tokens_predicted"] for event in stream.events] == [1, 4, 5, 5]
    assert (only(engine).tokens_sent, only(engine).events_sent, only(engine).text) == (5, 3, "a你b")


def test_stop_words(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(tokens=["one", " two", " three"]))
    stream = complete(client, stop=["two"])
    assert said(stream) == ["one", " ", ""]
    last = stream.events[-1].json()
    assert (last["stop_type"], last["stopping_word"], last["tokens_predicted"]) == ("word", "two", 2)


def test_without_a_stream(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(tokens=["a", "b"], override={"tokens_predicted": 9}))
    answer = client.post("/completion", json=ASK | {"stream": False}).json()
    assert (answer["content"], answer["stop"], answer["tokens_predicted"]) == ("ab", True, 9)
    assert only(engine).finished


@pytest.mark.parametrize(
    ("script", "events", "ended"),
    [
        (EngineScript(cut_after=2), 2, "truncated"),
        (EngineScript(cut_after=2, cut_reset=True), None, "truncated"),
        (EngineScript(cut_after=6), 6, "truncated"),
        (EngineScript(bad_chunk_after=2), 2, "truncated"),
        (EngineScript(end_after=2), 2, "complete"),
        (EngineScript(end_after=0), 0, "complete"),
        (EngineScript(error_after=2), 3, "complete"),
        (EngineScript(malformed_after=2), 8, "complete"),
        (EngineScript(malformed_after=0), 8, "complete"),
        (EngineScript(done_marker=True), 8, "complete"),
        (EngineScript(line_end="\r\n"), 7, "complete"),
        (EngineScript(write_size=5), 7, "complete"),
    ],
    ids=lambda value: repr(value)[:60] if isinstance(value, EngineScript) else None,
)
def test_misbehaviour(
    engine: ScriptedEngine, client: Client, script: EngineScript, events: int | None, ended: str
) -> None:
    engine.script(script)
    stream = complete(client)
    got = stream.read_all()
    assert stream.ended == ended
    assert events is None or len(got) == events
    assert [finding.rule for finding in stream.findings] == []
    assert only(engine).finished == (
        ended == "complete" and script.end_after is None and script.error_after is None
    )
    assert engine.slots_busy == 0
    assert said(complete(client))[-1] == ""  # and the next one is served as if nothing had been


def test_an_error_inside_the_stream(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(error_after=1, error_message="out of luck"))
    assert complete(client).read_all()[-1].json()["error"]["message"] == "out of luck"


@pytest.mark.parametrize(
    ("script", "status", "kind"),
    [
        (EngineScript(busy=True), 503, "unavailable_error"),
        (EngineScript(not_ready=True), 503, "unavailable_error"),
        (EngineScript(error_status=500), 500, "server_error"),
        (EngineScript(error_status=400, error_type="invalid_request_error"), 400, "invalid_request_error"),
        (EngineScript(error_after=0), 500, "server_error"),
    ],
)
def test_refusals(
    engine: ScriptedEngine, client: Client, script: EngineScript, status: int, kind: str
) -> None:
    engine.script(script)
    stream = complete(client)
    assert (stream.status, stream.exchange.json()["error"]["type"]) == (status, kind)
    assert only(engine).tokens_sent == 0
    assert complete(client).status == 200


def test_an_engine_that_loads_answers_nothing_else(engine: ScriptedEngine, client: Client) -> None:
    engine.ready = False
    for path in ("/health", "/props", "/slots", "/metrics"):
        exchange = client.get(path)
        assert (exchange.status, exchange.json()["error"]["message"]) == (503, "Loading model")
    engine.ready = True
    assert client.get("/health").status == 200


def test_busy_until_it_is_not(engine: ScriptedEngine, client: Client) -> None:
    engine.busy = True
    assert complete(client).status == 503
    assert client.get("/health").status == 200
    engine.reset()
    assert complete(client).status == 200


def test_another_version_after_a_restart(engine: ScriptedEngine, client: Client) -> None:
    before, url = client.get("/props").json()["build_info"], engine.url
    engine.stop()
    with pytest.raises(TransportError):
        client.get("/props")
    engine.version = "b9999-00000000"
    engine.start()
    assert (engine.url, client.get("/props").json()["build_info"] != before) == (url, True)


def test_a_further_request_waits_even_for_its_headers(engine: ScriptedEngine, client: Client) -> None:
    gates = [Gate(), Gate()]
    engine.script(*(EngineScript(hold=gate, hold_after=1) for gate in gates))
    one, two = complete(client), complete(client)
    with client.raw() as third:
        third.send(
            b"POST /completion HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\n"
            + b'{"prompt":"last","stream":true}'
        )
        engine.require(lambda: engine.waiting == 1, "a third request should wait")
        assert third.receive(bool, timeout_s=0.02).data == b""
        assert "llamacpp:requests_deferred 1\n" in client.get("/metrics").text
        gates[0].release()
        assert third.receive(bool).data.startswith(b"HTTP/1.1 200 OK\r\n")
        gates[1].release()
        assert len(one.read_all()) == len(two.read_all()) == 7


def test_a_client_that_leaves_the_queue_takes_no_slot(engine: ScriptedEngine, client: Client) -> None:
    gate = Gate()
    engine.script_default(EngineScript(hold=gate, hold_after=1))
    one, two = complete(client), complete(client)
    with client.raw() as third:
        third.send(
            b"POST /completion HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n\r\n" + b'{"prompt":"abc"}'
        )
        assert engine.wait_for(lambda: engine.waiting == 1)
    assert engine.wait_for(lambda: engine.waiting == 0)
    left = engine.completions[-1]
    assert (left.disconnected_ms is not None, left.slot_ms, left.finished) == (True, None, False)
    gate.release()
    assert len(one.read_all()) == len(two.read_all()) == 7


def test_what_is_recorded(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(tokens=["a"] * 30, stall_after=4))
    stream = complete(client)
    for _ in range(4):
        stream.next_event(5.0)
    (request,) = engine.completions
    assert (request.method, request.path, request.json, request.header("CONTENT-TYPE")) == (
        "POST",
        "/completion",
        ASK,
        "application/json",
    )
    assert (request.slot, engine.slots_busy, request.finished_ms, request.disconnected_ms) == (
        0,
        1,
        None,
        None,
    )
    stream.close()
    request = only(engine)
    assert (request.tokens_sent, request.finished) == (4, False)
    assert request.started_ms <= (request.slot_ms or 0) <= (request.first_token_ms or 0)
    assert (request.first_token_ms or 0) <= (request.disconnected_ms or 0) <= (request.finished_ms or 0)


def test_scripts_for_certain_prompts(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(tokens=["x"]), prompt="special")
    engine.script(EngineScript(tokens=["y"]))
    assert said(complete(client)) == ["y", ""]
    assert said(complete(client, prompt="a special one")) == ["x", ""]
    assert len(said(complete(client))) == 7


def test_fields_left_out_and_changed(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(omit=("tokens_predicted", "timings"), override={"stop_type": "none"}))
    events = [event.json() for event in complete(client).read_all()]
    assert not [name for event in events for name in ("tokens_predicted", "timings") if name in event]
    assert events[-1]["stop_type"] == "none"


def test_pings(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(ping_every=2))
    stream = complete(client)
    assert len(stream.read_all()) == 7
    assert len(stream.comments) == 4


def test_tokens_come_at_their_pace(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(ms_per_token=5.0, prompt_ms=10.0))
    events = complete(client).read_all()
    (request,) = engine.completions
    assert (request.first_token_ms or 0) - request.started_ms >= 15.0
    assert events[5].received_ms - (request.slot_ms or 0) >= 10.0 + 6 * 5.0


def test_all_connections_dropped(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(stall_after=1))
    stream = complete(client)
    stream.next_event(5.0)
    engine.drop_connections()
    assert stream.next_event(5.0) is None
    assert stream.ended == "truncated"
    assert engine.wait_for(lambda: engine.slots_busy == 0)
    assert client.get("/health").status == 200


def test_a_gate_may_be_released_after_its_engine_stopped(engine: ScriptedEngine, client: Client) -> None:
    gate = Gate()
    engine.script(EngineScript(hold=gate, hold_after=1))
    stream = complete(client)
    stream.next_event(5.0)
    engine.stop()
    gate.release()
    assert stream.next_event(5.0) is None
    assert stream.ended == "truncated"


def test_states_that_are_not_reached(engine: ScriptedEngine) -> None:
    assert not engine.wait_for(lambda: engine.slots_busy == 1, timeout_s=0.02)
    with pytest.raises(NotTestable, match="nothing ran; the engine has seen no request for work"):
        engine.require(lambda: engine.slots_busy == 1, "nothing ran", timeout_s=0.02)


def test_what_is_not_served(client: Client) -> None:
    for method, path in (
        ("GET", "/nope"),
        ("GET", "/completion"),
        ("DELETE", "/health"),
        ("POST", "/v1/completions"),
    ):
        exchange = client.request(method, path)
        assert (exchange.status, exchange.json()["error"]["type"]) == (404, "not_found_error")
    assert client.send_raw(b"nonsense\r\n\r\n", until_closed=True).exchange().status == 400


def test_an_engine_that_cannot_start(engine: ScriptedEngine) -> None:
    with pytest.raises(EngineError, match=str(engine.port)):
        ScriptedEngine(port=engine.port).start()
    with pytest.raises(EngineError):
        ScriptedEngine(port=70000).start()
    with pytest.raises(ScriptError, match="'tabby'"):
        ScriptedEngine(format="tabby")
