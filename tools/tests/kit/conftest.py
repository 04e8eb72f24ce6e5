"""Servers for the kit's own tests: one that says exactly the bytes it is told, and scripted engines."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from orchqueue.kit import Client, ScriptedEngine

SayBytes = Callable[..., str]


class ByteServer:
    """Accepts connections.

    Each gets the next list of writes after its request's head was read, then is closed.

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
        self._read_head(sock)
        for write in writes:
            if write is None:
                self._read_head(sock)
            else:
                sock.sendall(write)
        while linger and (more := sock.recv(65536)):
            self.received[-1] += more

    def _read_head(self, sock: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data and (more := sock.recv(65536)):
            data += more
        self.received.append(data)

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


@pytest.fixture
def byte_server() -> Iterator[ByteServer]:
    server = ByteServer()
    yield server
    server.close()


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(slots=2, ms_per_token=0.0, ctx=64) as running:
        yield running


@pytest.fixture
def client(engine: ScriptedEngine) -> Client:
    return Client(engine.url)


@pytest.fixture(scope="session")
def build_folder() -> Path:
    """Where what is slow to make is kept between runs."""
    return Path(__file__).parents[3] / "build"


@pytest.fixture(scope="session")
def triton_environment() -> Path:
    """Where `make triton` puts Triton, which needs an older numpy than everything else here."""
    return Path(__file__).parents[3] / ".venv-triton"
