"""Open streams: arrival, waiting, leaving, and every way of ending."""

from itertools import pairwise
from typing import Any

import pytest

from orchqueue.kit import (
    Client,
    EngineScript,
    EventStream,
    Exchange,
    Gate,
    ScriptedEngine,
    SseEvent,
    StreamEnded,
    TransportError,
    WireTimeout,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"
ASK = {"prompt": "hello", "n_predict": 6, "seed": 1, "stream": True}

both_ways = pytest.mark.parametrize("background", [True, False], ids=["background", "lazy"])


def complete(client: Client, **options: Any) -> EventStream:
    return client.stream("/completion", method="POST", json=ASK, first_id=None, **options)


def is_last(event: SseEvent) -> bool:
    return event.json()["stop"] is True


@both_ways
def test_reads_to_the_end(client: Client, background: bool) -> None:
    seen: list[Exchange] = []
    reporting = Client(client.base_url, on_exchange=seen.append)
    stream = complete(reporting, background=background)
    events = stream.read_all()
    assert [event.json()["tokens_predicted"] for event in events] == [1, 2, 3, 4, 5, 6, 6]
    assert (stream.ended, stream.findings, stream.is_event_stream) == ("complete", [], True)
    assert all(one.received_ms <= two.received_ms for one, two in pairwise(events))
    assert len(stream.chunks) == 7
    assert seen == [stream.exchange]
    assert stream.exchange.complete
    assert stream.exchange.body == b"".join(event.raw for event in events)


@both_ways
def test_waits_for_an_event_and_goes_on_after_it(client: Client, background: bool) -> None:
    stream = complete(client, background=background)
    third = stream.read_until(lambda event: event.json()["tokens_predicted"] == 3)
    assert third.json()["tokens_predicted"] == 3
    assert [event.json()["tokens_predicted"] for event in stream] == [4, 5, 6, 6]
    assert stream.next_event(1.0) is None


@both_ways
def test_events_that_do_not_come(engine: ScriptedEngine, client: Client, background: bool) -> None:
    gate = Gate()
    engine.script(EngineScript(hold=gate, hold_after=2))
    stream = complete(client, background=background)
    with pytest.raises(WireTimeout, match="so far 2"):
        stream.read_until(is_last, timeout_s=0.05)
    gate.release()
    assert stream.read_until(is_last).json()["tokens_predicted"] == 6
    with pytest.raises(StreamEnded, match="complete"):
        stream.read_event("end")


@both_ways
def test_a_cut_stream_is_truncated(engine: ScriptedEngine, client: Client, background: bool) -> None:
    engine.script(EngineScript(cut_after=2))
    stream = complete(client, background=background)
    assert len(stream.read_all()) == 2
    assert stream.ended == "truncated"
    assert not stream.exchange.complete


@both_ways
@pytest.mark.parametrize("reset", [True, False])
def test_leaving_is_seen_at_the_other_end(
    engine: ScriptedEngine, client: Client, background: bool, reset: bool
) -> None:
    engine.script(EngineScript(stall_after=1))
    stream = complete(client, background=background)
    stream.next_event(5.0)
    stream.close(reset=reset)
    stream.close()
    assert engine.wait_for(lambda: engine.slots_busy == 0)
    (request,) = engine.completions
    assert request.disconnected_ms is not None
    assert not request.finished
    assert stream.ended == "closed"
    assert stream.findings == []
    assert stream.next_event(1.0) is None


def test_other_requests_pass_while_a_stream_is_open(engine: ScriptedEngine, client: Client) -> None:
    gate = Gate()
    engine.script(EngineScript(hold=gate, hold_after=1), EngineScript(hold=gate, hold_after=1))
    with complete(client) as one, complete(client) as two:
        busy = [slot["is_processing"] for slot in client.get("/slots").json()]
        gate.release()
        assert len(one.read_all()) == len(two.read_all()) == 7
    assert busy == [True, True]


def test_closing_the_client_leaves_its_streams(engine: ScriptedEngine) -> None:
    engine.script_default(EngineScript(stall_after=1))
    with Client(engine.url) as client:
        streams = [complete(client), complete(client.with_key("other"), background=False)]
    assert [stream.ended for stream in streams] == ["closed", "closed"]
    assert engine.wait_for(lambda: engine.slots_busy == 0)


@both_ways
def test_the_last_frame_without_its_blank_line(byte_server: Any, background: bool) -> None:
    byte_server.say(HEAD, b"id: 0\nevent: end\ndata: {}\n")
    stream = Client(byte_server.url).stream("/", background=background)
    assert stream.read_all() == []
    assert [finding.rule for finding in stream.findings] == ["unterminated-event"]


def test_comments_are_kept(byte_server: Any) -> None:
    byte_server.say(HEAD, b": ping\n\n", b"id: 4\ndata: x\n\n")
    stream = Client(byte_server.url).stream("/", last_event_id=3)
    assert [event.id for event in stream.read_all()] == ["4"]
    assert [comment.text for comment in stream.comments] == [" ping"]
    assert stream.findings == []
    assert b"Last-Event-ID: 3\r\n" in byte_server.received[0]
    assert b"Accept: text/event-stream\r\n" in byte_server.received[0]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", 404),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 200),
    ],
)
def test_an_answer_that_is_no_stream_is_read_whole(byte_server: Any, reply: bytes, status: int) -> None:
    byte_server.say(reply)
    client = Client(byte_server.url)
    stream = client.stream("/")
    assert (stream.status, stream.is_event_stream, stream.ended) == (status, False, "complete")
    assert stream.exchange.body in {b"", b"{}"}
    assert stream.read_all() == []
    assert client.exchanges == [stream.exchange]


def test_no_headers_in_time(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(stall_after=0))
    with pytest.raises(WireTimeout):
        complete(client, timeout_s=0.05)
    assert engine.wait_for(lambda: engine.slots_busy == 0)


def test_silence_ends_a_background_stream(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(stall_after=1))
    stream = complete(client, timeout_s=0.05)
    stream.next_event(5.0)
    assert stream.next_event(5.0) is None
    assert stream.ended == "idle"


def test_a_reset_before_the_headers(engine: ScriptedEngine, client: Client) -> None:
    engine.script(EngineScript(cut_after=0, cut_reset=True))
    with pytest.raises(TransportError):
        complete(client)
