"""A server for all tests of the tools that says exactly the bytes it is told."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")


class ByteServer:
    """Accepts connections.

    Each gets the next list of writes after its request was read, then is closed.

    With `linger` a connection stays open after the last write until the client closes it.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received: list[bytes] = []
        self.accepted = 0
        self.finished = threading.Event()  # set once a connection was served and closed
        self._plans: list[tuple[list[bytes | None], bool]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def say(self, *writes: bytes | None, linger: bool = False) -> None:
        """Plan the writes of one more connection."""
        self._plans.append((list(writes), linger))

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            with sock, suppress(OSError):
                self._serve(sock)
            self.finished.set()

    def _serve(self, sock: socket.socket) -> None:
        writes, linger = self._plans.pop(0)
        self._read_request(sock)
        for write in writes:
            if write is None:
                self._read_request(sock)
            else:
                sock.sendall(write)
        while linger and (more := sock.recv(65536)):
            self.received[-1] += more

    def _read_request(self, sock: socket.socket) -> None:
        data = b""
        while (missing := _missing(data)) and (more := sock.recv(missing)):
            data += more
        self.received.append(data)

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


def _missing(data: bytes) -> int:
    """Return how much may still be read before the request is whole; its head may be of any length."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return max(0, int(length[1]) - len(body)) if end and length else 0 if end else 65536


@pytest.fixture
def byte_server() -> Iterator[ByteServer]:
    server = ByteServer()
    yield server
    server.close()
