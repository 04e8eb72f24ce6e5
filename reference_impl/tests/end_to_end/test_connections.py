"""What clients can do with connections alone: hold them, say nothing, read nothing, speak HTTP/1.0."""

import json
import select
import socket
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest

from orchqueue.kit import Client, RunningServer

KEY = b"X-API-Key: k\r\n"
CONNECTIONS = 12
IDLE_S = 0.4
CONFIG: dict[str, Any] = {
    "keys": [{"id": "k", "sha256": sha256(b"k").hexdigest(), "scopes": ["data", "control"]}],
    "server": {
        "grace_ms": 200,
        "limits": {
            "header_timeout_ms": 800,
            "body_timeout_ms": 500,
            "idle_timeout_ms": IDLE_S * 1000,
            "stall_timeout_ms": 300,
            "connections": CONNECTIONS,
            "streams_per_key": 2,
        },
    },
    "streams": {"max_bytes": 8192, "keepalive_ms": 50},
    "sessions": {"budgets": {"tokens": None, "time_ms": None, "cost": None}},
    "pools": [
        {
            "id": "default",
            "engine": "llamacpp",
            "adapter": "mock",
            "model": "tiny",
        },
        {
            "id": "flood",
            "engine": "llamacpp",
            "adapter": "mock",
            "model": "flood",
            "mock": {"ms_per_token": 0, "limit": 1_000_000, "ctx": 1_000_000, "slots": 1},
            "max_tokens": 1_000_000,
        },
        {"id": "paced", "engine": "llamacpp", "adapter": "mock", "model": "paced"},
        {
            "id": "silent",
            "engine": "llamacpp",
            "adapter": "mock",
            "model": "silent",
            "mock": {"slots": 1, "faults": [{"kind": "stall", "after_tokens": 1}]},
            "watchdog": {"idle_ms": 60_000},
        },
    ],
}


@pytest.fixture(scope="module")
def server(launch_shared: Callable[..., RunningServer]) -> RunningServer:
    return launch_shared(CONFIG)


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with server.client("k") as one:
        yield one


@pytest.fixture
def connect(server: RunningServer) -> Iterator[Callable[..., socket.socket]]:
    """A connection below HTTP, that reads into `window` bytes."""
    opened: list[socket.socket] = []

    def run(window: int = 0) -> socket.socket:
        host, port = server.url.removeprefix("http://").split(":")
        one = socket.socket()
        opened.append(one)
        if window:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        one.settimeout(60)
        one.connect((host, int(port)))
        return one

    yield run
    for one in opened:
        one.close()


def request(method: str, path: str, *lines: bytes, version: str = "1.1") -> bytes:
    return f"{method} {path} HTTP/{version}\r\nHost: x\r\n".encode() + b"".join(lines) + b"\r\n"


SCRAPE = request("GET", "/metrics")


def read_answer(one: socket.socket) -> bytes:
    data = b""
    while b"pool_ready{" not in data:
        part = one.recv(65536)
        assert part, data
        data += part
    return data


def until_closed(one: socket.socket) -> bytes:
    data = b""
    while True:
        try:
            part = one.recv(65536)
        except ConnectionResetError:
            return data
        if not part:
            return data
        data += part


def is_closed(one: socket.socket, within_s: float) -> bool:
    """Whether the other side closes, though nothing is read here."""
    poll = select.poll()
    poll.register(one, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(within_s * 1000))


@pytest.mark.requirement("OC-CTRL-2044")
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_trickles_in_is_given_up(connect, chunked) -> None:
    one = connect()
    length = b"Transfer-Encoding: chunked\r\n" if chunked else b"Content-Length: 100000\r\n"
    one.sendall(request("POST", "/v1/tasks", KEY, b"Content-Type: application/json\r\n", length))
    begun = time.monotonic()
    one.settimeout(0.02)
    data = b""
    while not data and time.monotonic() - begun < 60:
        one.sendall(b"1\r\n \r\n" if chunked else b" ")
        try:
            data = one.recv(65536)
        except TimeoutError:
            continue
    assert data.startswith(b"HTTP/1.1 408")


@pytest.mark.requirement("OC-CTRL-2047")
@pytest.mark.parametrize("lines", [b"", b"\r\n"])
def test_a_connection_that_asks_for_nothing_more_is_closed(connect, lines) -> None:
    one = connect()
    begun = time.monotonic()
    one.sendall(SCRAPE)
    read_answer(one)
    while not is_closed(one, 0.05):
        assert time.monotonic() - begun < 60
        one.sendall(lines)
    assert time.monotonic() - begun > IDLE_S * 0.9


def test_a_connection_may_ask_again_and_again(connect) -> None:
    one = connect()
    for _ in range(4):
        one.sendall(SCRAPE)
        read_answer(one)
        assert not is_closed(one, IDLE_S / 2)


@pytest.mark.requirement("OC-CTRL-2047")
def test_those_who_hold_connections_keep_nobody_out(server, connect) -> None:
    holders = [connect() for _ in range(3 * CONNECTIONS)]
    for one in holders[::2]:
        one.sendall(b"GET /metr")
    late = connect()
    late.sendall(SCRAPE)
    assert b"200 OK" in read_answer(late)
    assert sum(is_closed(one, 0) for one in holders) >= 2 * CONNECTIONS
    line = server.wait_for_log(lambda line: line["event"] == "server.connections-full")
    assert line["count"] >= 1


def test_a_connection_that_is_answered_does_not_give_way(client, connect, task) -> None:
    one = task(max_tokens=4000, model_ref="paced")
    assert client.post("/v1/tasks", json=one).status == 202
    stream = client.stream(f"/v1/tasks/{one['task_id']}/stream")
    stream.read_until(lambda event: event.event == "token")
    for _ in range(2 * CONNECTIONS):
        connect()
    count = len(stream.events)
    stream.read_until(lambda _: len(stream.events) > count + 30)
    stream.close()
    assert client.post(f"/v1/tasks/{one['task_id']}/cancel").status == 204


@pytest.mark.requirement("OC-CTRL-2047")
def test_who_reads_nothing_of_many_answers_is_cut_off(server, connect) -> None:
    one = connect(window=2048)
    one.setblocking(False)
    begun = time.monotonic()
    while not is_closed(one, 0):
        assert time.monotonic() - begun < 60
        try:
            one.send(SCRAPE * 50)
        except BlockingIOError:
            is_closed(one, 0.05)
        except (ConnectionResetError, BrokenPipeError):
            break
    assert server.wait_for_log(lambda line: line["event"] == "connection.stalled")["level"] == "info"


def test_a_reader_that_is_cut_off_leaves_one_line_and_frees_its_place(server, client, connect, task) -> None:
    first, one = (task(max_tokens=900_000, model_ref="flood", deadline_ms=86_400_000) for _ in range(2))
    for each in (first, one):
        assert client.post("/v1/tasks", json=each).status == 202
    path = f"/v1/tasks/{one['task_id']}/stream"
    slow = [connect(window=2048) for _ in range(2)]
    # Both read before the flood begins: who comes amid it may be told that the beginning is gone.
    for number, each in enumerate(slow):
        each.sendall(request("GET", path, KEY, b"X-Correlation-Id: slow-%d\r\n" % number))
        assert each.recv(100).startswith(b"HTTP/1.1 200")
    assert client.post(f"/v1/tasks/{first['task_id']}/cancel").status == 204
    for number, each in enumerate(slow):
        server.wait_for_log(lambda line, number=number: line["correlation_id"] == f"slow-{number}")
        assert not until_closed(each).endswith(b"\r\n0\r\n\r\n")
    # Both places of the key are free again.
    for _ in range(2):
        assert client.stream(path, first_id=None).status in (200, 410)
    assert client.post(f"/v1/tasks/{one['task_id']}/cancel").status == 204
    lines = [line for line in server.logs() if str(line["correlation_id"]).startswith("slow-")]
    assert {line["event"] for line in lines} <= {"stream.cut", "connection.stalled"}
    assert sorted(line["correlation_id"] for line in lines) == ["slow-0", "slow-1"]
    libraries = [line for line in server.logs() if line["event"].startswith("library.")]
    assert not libraries, libraries


@pytest.mark.requirement("OC-CTRL-2044")
def test_a_stream_with_a_request_behind_it_is_left_like_any_other(client, connect, task) -> None:
    # One that waits says nothing, so that nothing is written to a client that has left.
    running, one = task(model_ref="silent"), task(model_ref="silent")
    for each in (running, one):
        assert client.post("/v1/tasks", json=each).status == 202
    path = f"/v1/tasks/{one['task_id']}/stream"

    def stream() -> socket.socket:
        """Open one, as soon as those that were left make room for it."""
        begun = time.monotonic()
        while True:
            opened = connect()
            opened.sendall(request("GET", path, KEY) + SCRAPE)
            if opened.recv(100).startswith(b"HTTP/1.1 200"):
                return opened
            opened.close()
            assert time.monotonic() - begun < 60

    for _ in range(4):
        held = [stream() for _ in range(2)]
        assert client.get(path).status == 429
        for each in held:
            each.close()
    for each in (one, running):
        assert client.post(f"/v1/tasks/{each['task_id']}/cancel").status == 204


@pytest.mark.requirement("OC-CTRL-2027")
def test_a_stream_for_http_1_0_is_sent_as_it_is(client, connect, task) -> None:
    one = task(max_tokens=5)
    assert client.post("/v1/tasks", json=one).status == 202
    path = f"/v1/tasks/{one['task_id']}/stream"
    old = connect()
    old.sendall(request("GET", path, KEY, b"Connection: keep-alive\r\n", version="1.0"))
    head, _, body = until_closed(old).partition(b"\r\n\r\n")
    assert b"200 OK" in head
    assert b"transfer-encoding" not in head.lower()
    assert body == client.get(path).body
    assert b"event: end" in body


def test_other_answers_for_http_1_0(client, connect, task) -> None:
    body = json.dumps(task()).encode()
    lines = (KEY, b"Content-Type: application/json\r\n", b"Content-Length: %d\r\n" % len(body))
    for data, status in (
        (request("POST", "/v1/tasks", *lines, version="1.0") + body, b"202"),
        (request("GET", "/metrics", version="1.0"), b"200"),
        (request("GET", "/nothing", version="1.0"), b"404"),
        (request("HEAD", "/metrics", version="1.0"), b"405"),
    ):
        old = connect()
        old.sendall(data)
        head, _, rest = until_closed(old).partition(b"\r\n\r\n")
        assert head.split()[1] == status
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        assert len(rest) == (0 if data.startswith(b"HEAD") else int(length.split()[1]))


@pytest.mark.parametrize("version", ["2.0", "0.9"])
def test_a_version_that_is_not_spoken_is_a_bare_400(connect, version) -> None:
    one = connect()
    one.sendall(request("GET", "/metrics", version=version))
    assert until_closed(one).startswith(b"HTTP/1.1 400")


def test_what_is_no_http_does_not_fill_the_log(server, connect) -> None:
    for _ in range(3):
        one = connect()
        one.sendall(b"\x16\x03\x01\x02\r\n\r\n")
        assert until_closed(one).startswith(b"HTTP/1.1 400")
    server.wait_for_log(lambda line: line["event"] == "connection.garbled")
    assert not [line for line in server.logs() if line["event"].startswith("library.")]
