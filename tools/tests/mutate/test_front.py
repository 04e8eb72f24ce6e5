"""The proxy: bytes pass as they are and when they come, but for what the switch says."""

import shlex
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchqueue.kit import CommandTarget, RunningServer
from orchqueue.mutate.between import BEHIND
from orchqueue.mutate.mutation import Mutation, Site
from orchqueue.mutate.switch import Switch

SERVER = Path(__file__).with_name("small_server.py")


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Switch:
    switch = Switch(tmp_path_factory.mktemp("switch") / "switch")
    switch.put({})
    return switch


@pytest.fixture(scope="module")
def server(switch: Switch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    front = [sys.executable, "-m", "orchqueue.mutate.front", str(switch.path)]
    words = [*front, "{config}", "--", sys.executable, str(SERVER), BEHIND]
    running = CommandTarget(shlex.join(words), tmp_path_factory.mktemp("out")).launch({}, "small")
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def nothing_on(switch: Switch) -> Iterator[None]:
    yield
    switch.put({})


def on(switch: Switch, mutation: Mutation) -> None:
    switch.put({"wire": mutation.data()})


def raw(server: RunningServer, request: bytes) -> bytes:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_what_no_mutant_is_about_passes_byte_by_byte(server: RunningServer, switch: Switch) -> None:
    ask = b"GET /odd HTTP/1.1\r\nHost: x\r\n\r\n"
    plain = raw(server, ask)
    assert plain.endswith(b"\r\nX-Odd:   kept  \r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    on(switch, Mutation("body", "drop", (Site("/other", at=("a",)),), "a"))
    assert raw(server, ask) == plain
    assert not switch.met


def test_garbage_passes_and_a_connection_that_is_closed_early_is_closed(server: RunningServer) -> None:
    assert b" 400 " in raw(server, b"garbage \x00 of a\xff kind\r\n\r\n")


def test_a_mutant_is_put_on_and_off_while_the_server_runs(server: RunningServer, switch: Switch) -> None:
    client = server.client()
    assert client.get("/json").json() == {"a": 1, "b": [{"c": "x"}]}
    on(switch, Mutation("body", "rename", (Site("/json", "GET", (200,), at=("a",)),), "a", to="a_x"))
    assert client.get("/json").json() == {"b": [{"c": "x"}], "a_x": 1}
    assert switch.met
    on(switch, Mutation("status", "alter", (Site("/json"),), to=206))
    assert not switch.met
    answer = client.get("/json")
    assert (answer.status, answer.json()["a"]) == (206, 1)
    switch.put({})
    assert client.get("/json").status == 200


def test_headers_are_broken_and_a_body_of_chunks_arrives_whole(server: RunningServer, switch: Switch) -> None:
    on(switch, Mutation("header", "drop", (Site("/odd"),), "X-Odd"))
    answer = server.client().get("/odd")
    assert (answer.header("x-odd"), answer.text) == (None, "hello")


def test_a_request_is_read_for_another(server: RunningServer, switch: Switch) -> None:
    client = server.client()
    site = Site("/echo", "POST", at=("priority",))
    on(switch, Mutation("request", "alter", (site,), "priority", "batch", "interactive"))
    assert client.post("/echo", json={"priority": "batch"}).json() == {"priority": "interactive"}
    assert switch.met
    assert client.post("/echo", json={"priority": "other"}).json() == {"priority": "other"}


def test_an_event_does_not_wait_for_the_next(server: RunningServer, switch: Switch) -> None:
    on(switch, Mutation("data", "drop", (Site("/stream", event="token", at=("i",)),), "i"))
    client = server.client()
    stream = client.stream("/stream")
    # The server sends its second event when it was asked to, after the first one has arrived.
    assert stream.read_event("token").json() == {"t": "one"}
    client.post("/go", json={})
    assert stream.read_event("end").json() == {}
    stream.close()
