"""Whatever listens in a server's place is told in one sentence, in bounded time and room."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from orchqueue.kit import Client, TransportError

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PART = b"x" * 65536


def silent(_: socket.socket) -> Iterator[bytes]:
    yield b""
    threading.Event().wait(5.0)


def cut(_: socket.socket) -> Iterator[bytes]:
    yield HEAD + b"Content-Length: 100\r\n\r\n<html>"


def large_headers(_: socket.socket) -> Iterator[bytes]:
    yield HEAD
    for number in range(160):
        yield b"X-%d: " % number + PART + b"\r\n"


def endless(_: socket.socket) -> Iterator[bytes]:
    yield HEAD + b"\r\n"
    while True:
        yield PART


def greeting(_: socket.socket) -> Iterator[bytes]:
    yield b"SSH-2.0-OpenSSH_9.2\r\n\r\n"


def answered(say: Callable[[socket.socket], Iterator[bytes]]) -> str:
    """Listen in a server's place, and give the URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with listener, connection:
            connection.recv(65536)
            try:
                for data in say(connection):
                    connection.sendall(data)
            except OSError:
                return  # the kit has heard enough

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("say", "told"),
    [
        (silent, "no answer in time"),
        (cut, "closed before the response was complete"),
        (large_headers, "headers go on beyond 1048576 bytes"),
        (endless, "goes on beyond 67108864 bytes"),
        (greeting, "not HTTP/1.1"),
    ],
)
def test_what_is_no_answer_is_told(say: Callable[[socket.socket], Iterator[bytes]], told: str) -> None:
    timeout_s = 1.0 if say is silent else 30.0
    with pytest.raises(TransportError, match=told) as raised:
        Client(answered(say), timeout_s=timeout_s).get("/v1/capabilities")
    assert raised.value.exit_code == 2
    assert "\n" not in str(raised.value)
