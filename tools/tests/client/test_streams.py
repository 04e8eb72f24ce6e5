"""Streams that are cut, silent, refused or wrong: what the reader of a task gets of them all the same."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchqueue.client import (
    AsyncClient,
    BusyError,
    ContractError,
    Loss,
    RefusedError,
    StreamEvent,
    StreamLostError,
    TaskFailedError,
    UnreachableError,
)

STARTED = (
    '{"queue_position":0,"predicted_start_ms":0,"job_id":"j","engine":"vllm","engine_version":"1",'
    '"pool_id":"p","replica_id":"r"}'
)
END = '{"tokens_out":3,"decode_ms":2,"finish_reason":"stop"}'
TOKENS = ["a", "é", "\U0001f980"]
ERROR = '{"code":"WORKER_RESET","message":"gone","retriable":true,"correlation_id":"c"}'
EVENTS = [
    ("started", STARTED),
    *(("token", f'{{"t":"{text}","i":{i}}}') for i, text in enumerate(TOKENS)),
    ("end", END),
]
BUSY = b'{"code":"RATE_LIMITED","message":"slowly","retriable":true,"retry_after_ms":30,"correlation_id":"c"}'
SSE = b"Content-Type: text/event-stream\r\n"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test wait long for the next attempt."""
    monkeypatch.setattr("orchqueue.client.stream._DELAY_S", 0.01)


def blocks(events: list[tuple[str, str]] = EVENTS, first: int = 0) -> list[bytes]:
    return [
        f"id: {number}\nevent: {name}\ndata: {data}\n\n".encode()
        for number, (name, data) in enumerate(events, first)
    ]


def head(status: str = "200 OK", headers: bytes = SSE) -> bytes:
    return f"HTTP/1.1 {status}\r\n".encode() + headers + b"\r\n"


def answer(status: str, body: bytes = b"", media: bytes = b"application/json") -> bytes:
    return head(status, b"Content-Type: %s\r\nContent-Length: %d\r\n" % (media, len(body))) + body


def read(url: str, *, losses: list[Loss] | None = None, after: int | None = None, **options: Any) -> Any:
    """Read a stream to its end; return its events and the id of the last."""

    async def main() -> tuple[list[StreamEvent], int | None]:
        events = []
        async with AsyncClient(url, "key", **options) as client:
            seen = [] if losses is None else losses
            async with client.stream("t", after=after, on_loss=seen.append) as stream:
                async for event in stream:
                    events.append(event)
                return events, stream.last_event_id

    return asyncio.run(main())


def last_ids(byte_server: Any) -> list[bytes | None]:
    found = []
    for request in byte_server.received:
        lines = [line for line in request.split(b"\r\n") if line.lower().startswith(b"last-event-id:")]
        found.append(lines[0].partition(b": ")[2] if lines else None)
    return found


WHOLE = b"".join(blocks())
ENDS = [sum(map(len, blocks()[: n + 1])) for n in range(len(EVENTS))]


@pytest.mark.requirement("OC-CLIENT-8501")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, len(WHOLE) - 1), max_size=5).map(sorted),
    chunked=st.booleans(),
    comment=st.sampled_from([b"", b": hello\n\n"]),
)
def test_gives_every_event_once_wherever_it_is_cut(
    byte_server: Any, cuts: list[int], chunked: bool, comment: bytes
) -> None:
    byte_server.received.clear()
    asked: list[bytes | None] = []
    at = 0
    for cut in [*cuts, len(WHOLE)]:
        complete = sum(end <= at for end in ENDS)
        at = ENDS[complete - 1] if complete else 0
        asked.append(b"%d" % (complete - 1) if complete else None)
        part = comment + WHOLE[at : max(at, cut)]
        if chunked:
            # Without the last chunk the body is not complete; otherwise its end is the connection's.
            byte_server.say(
                head(headers=SSE + b"Transfer-Encoding: chunked\r\n"), b"%x\r\n%s\r\n" % (len(part), part)
            )
        else:
            byte_server.say(head(), part)
        at = max(at, cut)
        if at >= len(WHOLE):
            break
    events, last = read(byte_server.url)
    assert [(event.id, event.name) for event in events] == [(i, name) for i, (name, _) in enumerate(EVENTS)]
    assert [event.data.t for event in events if event.name == "token"] == TOKENS
    assert last == len(EVENTS) - 1
    assert last_ids(byte_server) == asked


def test_goes_on_after_an_id(byte_server: Any) -> None:
    byte_server.say(head(), *blocks()[2:])
    events, _ = read(byte_server.url, after=1)
    assert [event.id for event in events] == [2, 3, 4]
    assert last_ids(byte_server) == [b"1"]


def test_nothing_comes_after_the_last_event(byte_server: Any) -> None:
    byte_server.say(head("204 No Content", b""))
    assert read(byte_server.url, after=4) == ([], 4)


def test_ends_with_the_terminal_event(byte_server: Any) -> None:
    byte_server.say(head(), WHOLE + blocks(EVENTS[1:2], 5)[0], linger=True)
    events, _ = read(byte_server.url)
    assert [event.name for event in events][-1] == "end"


@pytest.mark.requirement("OC-CLIENT-8501")
def test_silence_is_a_loss(byte_server: Any) -> None:
    losses: list[Loss] = []
    byte_server.say(head(), blocks()[0], linger=True)
    byte_server.say(head(), *blocks()[1:])
    events, _ = read(byte_server.url, losses=losses, silence_s=0.05)
    assert len(events) == 5
    assert [loss.reason for loss in losses] == [f"{byte_server.url} was silent for 0.05 s"]
    assert losses[0].again_in_s == 0.0


@pytest.mark.requirement("OC-CLIENT-8501")
def test_advice_is_obeyed(byte_server: Any) -> None:
    losses: list[Loss] = []
    byte_server.say(answer("429 Too Many Requests", BUSY))
    byte_server.say(head(), WHOLE)
    events, _ = read(byte_server.url, losses=losses)
    assert len(events) == 5
    assert [loss.again_in_s for loss in losses] == [0.03]


def test_advice_beyond_patience_is_the_callers(byte_server: Any) -> None:
    byte_server.say(answer("429 Too Many Requests", BUSY))
    with pytest.raises(BusyError, match="slowly"):
        read(byte_server.url, patience_s=0.02)


@pytest.mark.requirement("OC-CLIENT-8501")
def test_patience_ends(byte_server: Any) -> None:
    losses: list[Loss] = []
    byte_server.say(head(), *blocks()[:3])
    for _ in range(3):
        byte_server.say(answer("502 Bad Gateway", b"<html>", b"text/html"))
    with pytest.raises(StreamLostError, match="the task may run on") as raised:
        read(byte_server.url, losses=losses, patience_s=0.1)
    assert (raised.value.task_id, raised.value.last_event_id) == ("t", 2)
    assert byte_server.accepted == 1 + len(losses)


@pytest.mark.requirement("OC-CLIENT-8501")
@pytest.mark.parametrize(
    "events",
    [
        blocks()[:1] + blocks(EVENTS[1:], 2),
        blocks()[:2] + blocks()[1:],
        [b"event: token\ndata: {}\n\n"],
        [b"id: x\nevent: token\ndata: {}\n\n"],
        [b"id: 00\nevent: token\ndata: {}\n\n"],
    ],
    ids=["gap", "repeated", "none", "no number", "zeros"],
)
def test_ids_that_do_not_follow_are_an_error(byte_server: Any, events: list[bytes]) -> None:
    byte_server.say(head(), *events)
    with pytest.raises(ContractError, match=r"the stream sent the event id .* where \d was due"):
        read(byte_server.url)


def test_kinds_and_members_of_a_later_version_are_no_fault(byte_server: Any) -> None:
    later = [("started", STARTED[:-1] + ',"node":"n1"}'), ("mood", "good"), ("end", END)]
    byte_server.say(head(), *blocks(later))
    events, last = read(byte_server.url)
    assert [(event.id, event.name) for event in events] == [(0, "started"), (2, "end")]
    assert events[0].data.model_extra == {"node": "n1"}
    assert last == 2


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ('{"t":1,"i":0}', "event 0, token, is no TokenEvent: Input should be a valid string at /t"),
        ('{"t":"a"}', "Field required at /i"),
        ("{", "Invalid JSON"),
    ],
)
def test_data_that_does_not_fit_is_an_error(byte_server: Any, data: str, told: str) -> None:
    byte_server.say(head(), *blocks([("token", data)]))
    with pytest.raises(ContractError, match=told):
        read(byte_server.url)


def test_a_refusal_is_the_callers(byte_server: Any) -> None:
    gone = b'{"code":"EVENTS_GONE","message":"from 7","retriable":false,"correlation_id":"c"}'
    byte_server.say(answer("410 Gone", gone))
    with pytest.raises(RefusedError, match="EVENTS_GONE: from 7") as raised:
        read(byte_server.url)
    assert raised.value.status == 410


def test_text_is_all_tokens(byte_server: Any) -> None:
    async def text() -> str:
        async with AsyncClient(byte_server.url) as client, client.stream("t") as stream:
            return await stream.text()

    byte_server.say(head(), WHOLE)
    assert asyncio.run(text()) == "".join(TOKENS)
    byte_server.say(head(), *blocks([*EVENTS[:3], ("error", ERROR)]))
    with pytest.raises(TaskFailedError, match="WORKER_RESET: gone") as raised:
        asyncio.run(text())
    assert raised.value.retriable


def test_budgets_are_those_of_the_latest_headers(byte_server: Any) -> None:
    async def main() -> list[Any]:
        seen = []
        async with AsyncClient(byte_server.url) as client, client.stream("t") as stream:
            async for _ in stream:
                seen.append(stream.budgets)
        return seen

    names = (b"Tokens-Remaining", b"Time-Remaining-Ms", b"Cost-Remaining")
    for values, events in (((b"9", b"unlimited", b"0.5"), slice(0, 1)), ((b"8", b"7", b"0"), slice(1, 5))):
        lines = [b"X-Budget-%s: %s\r\n" % pair for pair in zip(names, values, strict=True)]
        byte_server.say(head(headers=SSE + b"".join(lines)), *blocks()[events])
    first, *_, last = asyncio.run(main())
    assert (first.tokens, first.time_ms, first.cost) == (9, None, 0.5)
    assert (last.tokens, last.time_ms, last.cost) == (8, 7, 0)


def test_a_cancelled_reader_can_read_on(byte_server: Any) -> None:
    async def main() -> list[int]:
        async with AsyncClient(byte_server.url) as client, client.stream("t") as stream:
            first = await anext(stream)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(stream)
            return [first.id, *[event.id async for event in stream]]

    byte_server.say(head(), blocks()[0], linger=True)
    byte_server.say(head(), *blocks()[1:])
    assert asyncio.run(main()) == [0, 1, 2, 3, 4]
    assert last_ids(byte_server) == [None, b"0"]


def test_leaving_closes_the_connection(byte_server: Any) -> None:
    async def main() -> None:
        async with AsyncClient(byte_server.url) as client:
            async with client.stream("t") as stream:
                assert (await anext(stream)).name == "started"
            assert await asyncio.to_thread(byte_server.finished.wait, 10)

    byte_server.say(head(), blocks()[0], linger=True)
    asyncio.run(main())


def test_waits_between_attempts_grow(byte_server: Any) -> None:
    losses: list[Loss] = []
    for _ in range(4):
        byte_server.say(head())
    byte_server.say(head(), WHOLE)
    read(byte_server.url, losses=losses)
    assert all(earlier.again_in_s < later.again_in_s for earlier, later in pairwise(losses))
    assert len(losses) == 4


def test_an_unreachable_server_is_told(byte_server: Any) -> None:
    byte_server.close()
    with pytest.raises(UnreachableError, match=r"Connection refused; given up after 0 s"):
        read(byte_server.url, patience_s=0)
