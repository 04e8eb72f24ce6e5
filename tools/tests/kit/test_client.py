"""The client over real sockets: what it sends, what it keeps, and how it fails."""

import json
from typing import Any

import pytest

from orchqueue.kit import Client, Exchange, ScriptedEngine, TransportError, WireTimeout, free_port

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Two: a\r\nx-two: b\r\n\r\n{}"


def test_keeps_the_whole_exchange(byte_server: Any) -> None:
    seen: list[Exchange] = []
    byte_server.say(OK)
    client = Client(byte_server.url, "secret", on_exchange=seen.append)
    exchange = client.post("/v1/tasks?x=1", json={"é": None})
    assert seen == client.exchanges == [exchange]
    assert (exchange.status, exchange.reason, exchange.json(), exchange.complete) == (200, "OK", {}, True)
    assert (exchange.path, exchange.query) == ("/v1/tasks", "x=1")
    assert exchange.headers == [("Content-Length", "2"), ("X-Two", "a"), ("x-two", "b")]
    assert exchange.header_values("X-TWO") == ["a", "b"]
    assert exchange.header("absent") is None
    assert exchange.started_ms <= exchange.headers_ms <= exchange.finished_ms


def test_sends_what_it_was_given(byte_server: Any) -> None:
    byte_server.say(OK, linger=True)
    Client(byte_server.url, "secret").post("/p", json={"a": "é"}, headers={"X-Correlation-Id": "c1"})
    byte_server.finished.wait(10)
    head, _, body = byte_server.received[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /p HTTP/1.1"
    assert {"X-API-Key: secret", "Content-Type: application/json", "X-Correlation-Id: c1"} <= set(lines)
    assert json.loads(body) == {"a": "é"}


@pytest.mark.parametrize(
    ("options", "present", "absent"),
    [
        ({}, ["X-API-Key: own"], ["Content-Length", "Content-Type"]),
        ({"json": None}, ["Content-Length: 4", "Content-Type: application/json"], []),
        (
            {"json": 1, "headers": {"content-type": "text/plain"}},
            ["content-type: text/plain"],
            ["Content-Type"],
        ),
        ({"body": b"abc"}, ["Content-Length: 3"], ["Content-Type"]),
        ({"body": b""}, ["Content-Length: 0"], []),
        (
            {"headers": [("X-API-Key", "a"), ("X-API-Key", "b")]},
            ["X-API-Key: a", "X-API-Key: b"],
            ["X-API-Key: own"],
        ),
        (
            {"body": b"abc", "headers": {"Transfer-Encoding": "chunked"}},
            ["Transfer-Encoding: chunked"],
            ["Content-L"],
        ),
    ],
)
def test_headers_of_a_request(byte_server: Any, options: Any, present: list[str], absent: list[str]) -> None:
    byte_server.say(OK, linger=True)
    Client(byte_server.url, "own").request("POST", "/", **options)
    head = byte_server.received[0].partition(b"\r\n\r\n")[0].decode()
    lines = head.split("\r\n")
    assert set(present) <= set(lines)
    assert not [line for line in lines for start in absent if line.startswith(start)]


def test_another_key_or_none(byte_server: Any) -> None:
    byte_server.say(OK)
    byte_server.say(OK)
    seen: list[Exchange] = []
    client = Client(byte_server.url, "own", on_exchange=seen.append)
    client.with_key(None).get("/")
    client.with_key("other").get("/")
    assert b"X-API-Key" not in byte_server.received[0]
    assert b"X-API-Key: other" in byte_server.received[1]
    assert len(seen) == 2


def test_keep_alive_shares_a_connection(byte_server: Any) -> None:
    byte_server.say(OK, None, OK, linger=True)
    with Client(byte_server.url, keep_alive=True) as client:
        client.get("/one")
        client.get("/two")
    assert byte_server.accepted == 1


def test_keep_alive_leaves_a_connection_that_was_closed(byte_server: Any) -> None:
    byte_server.say(OK)
    byte_server.say(OK)
    with Client(byte_server.url, keep_alive=True) as client:
        client.get("/one")
        byte_server.finished.wait(10)
        client.get("/two")
    assert byte_server.accepted == 2


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ([], "closed"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}"], "before the end|closed"),
        ([b"hello\r\n\r\n"], "not HTTP"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"], "not HTTP"),
    ],
)
def test_what_is_no_response_raises(byte_server: Any, reply: list[bytes], reason: str) -> None:
    byte_server.say(*reply)
    client = Client(byte_server.url)
    with pytest.raises(TransportError, match=reason):
        client.get("/")
    assert client.exchanges == []


@pytest.mark.parametrize("reply", [[], [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}"]])
def test_silence_is_bounded(byte_server: Any, reply: list[bytes]) -> None:
    byte_server.say(*reply, linger=True)
    with pytest.raises(WireTimeout):
        Client(byte_server.url).get("/", timeout_s=0.05)


def test_nobody_listens() -> None:
    with pytest.raises(TransportError, match="no connection to http://127"):
        Client(f"http://127.0.0.1:{free_port()}").get("/")
    with pytest.raises(TransportError, match="not an http:// URL"):
        Client("ftp://x").get("/")


def test_what_is_no_http_cannot_be_sent(byte_server: Any) -> None:
    byte_server.say()
    with pytest.raises(TransportError, match="raw connection"):
        Client(byte_server.url).get("/", headers={"X": "a\r\nb"})


def test_interim_responses_are_passed_over(byte_server: Any) -> None:
    byte_server.say(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", OK)
    assert Client(byte_server.url).get("/").status == 200


def test_an_early_answer_to_a_large_body_is_read(byte_server: Any) -> None:
    byte_server.say(
        b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", linger=True
    )
    assert Client(byte_server.url).post("/", body=b"x" * 3_000_000).status == 413


def test_curl_and_record_hide_the_key(byte_server: Any) -> None:
    byte_server.say(OK)
    exchange = Client(byte_server.url, "secret-key").post("/v1/tasks", json={"prompt": "it's"})
    line = exchange.curl()
    assert line.startswith("curl -isN -X POST ")
    assert '-H "X-API-Key: $ORCHQUEUE_API_KEY"' in line
    assert line.endswith(f"{byte_server.url}/v1/tasks")
    record = json.dumps(exchange.to_record())
    assert "secret-key" not in line + record
    assert exchange.to_record()["response_body"] == "{}"


def test_raw_bytes_go_out_as_they_are(byte_server: Any) -> None:
    byte_server.say(b"HTTP/1.0 400 Bad Request\r\n\r\nno")
    client = Client(byte_server.url)
    reply = client.send_raw(b"\x00nonsense\r\n\r\n", until_closed=True)
    assert [(seen.status, seen.raw, seen.request_body) for seen in client.exchanges] == [
        (400, True, reply.sent)
    ]
    assert byte_server.received == [b"\x00nonsense\r\n\r\n"]
    assert reply.closed
    exchange = reply.exchange()
    assert (exchange.status, exchange.body, exchange.raw) == (400, b"no", True)


def test_raw_reply_that_is_no_http(byte_server: Any) -> None:
    byte_server.say(b"go away")
    reply = Client(byte_server.url).send_raw(b"\r\n\r\n", until_closed=True)
    assert (reply.data, reply.closed) == (b"go away", True)
    with pytest.raises(TransportError, match="go away"):
        reply.exchange()


def test_a_raw_reply_that_breaks_off_is_given_as_far_as_it_came(byte_server: Any) -> None:
    byte_server.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nde")
    reply = Client(byte_server.url).send_raw(b"\r\n\r\n", until_closed=True)
    begun = reply.begun()
    assert (begun.status, begun.body, begun.complete) == (200, b"abcde", False)


def test_raw_connection_tells_open_from_closed(byte_server: Any) -> None:
    byte_server.say(OK, linger=True)
    with Client(byte_server.url).raw() as raw:
        raw.send(b"GET / HTTP/1.1\r\n")
        raw.send(b"\r\n")
        reply = raw.receive_response()
        assert (reply.closed, reply.exchange().status) == (False, 200)
        assert not raw.receive_until_closed(timeout_s=0.02).closed


def test_two_requests_on_one_raw_connection(engine: ScriptedEngine, client: Client) -> None:
    with client.raw() as raw:
        raw.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /slots HTTP/1.1\r\nHost: x\r\n\r\n")
        reply = raw.receive(lambda data: data.count(b"HTTP/1.1 200") == 2 and data.endswith(b"]"))
    assert [request.path for request in engine.requests] == ["/health", "/slots"]
    assert reply.exchange().json() == {"status": "ok"}
