"""A proxy in front of a server that it starts: bytes pass as they are, both ways and at once.

What is broken on the way is for whoever derives from `Between`: it sees the first request of each connection,
and the head of the answer to it. Knows nothing of the contract.
"""

import asyncio
import json
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orchqueue.mutate.passing import READ_BYTES, Head, connect, forward

BEHIND = "{behind}"
ROOM_BYTES = 16384  # what the proxy keeps of what is not read: little, since the server is judged by it
BACKLOG = 2048


@dataclass(frozen=True)
class Asked:
    """The beginning of a request: its method and path, empty where it is none, and its bytes as they came."""

    method: str = ""
    path: str = ""
    raw: bytes = b""

    @classmethod
    def read(cls, raw: bytes) -> "Asked":
        """Take it apart, as far as it is regular."""
        line = raw.partition(b"\r\n")[0].decode("latin-1").split(" ")
        return cls(line[0], line[1].partition("?")[0], raw) if len(line) == 3 else cls(raw=raw)


class Between:
    """Passes connections on to the server behind, at `port` on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def ask(self, asked: Asked, _reader: asyncio.StreamReader) -> bytes:
        """Give what is sent on of a request that began so; what is not read of it goes on as it is."""
        return asked.raw

    async def answer(
        self, _asked: Asked, head: Head, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Write the answer that begins with this head; what is not read of it goes on as it is."""
        writer.write(head.raw())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until both sides are done, or one of them breaks."""
        try:
            behind_reader, behind_writer = await connect(self._port, ROOM_BYTES)
        except ConnectionError:
            writer.transport.abort()
            return
        asked: asyncio.Future[Asked] = asyncio.get_running_loop().create_future()
        up = asyncio.ensure_future(self._up(reader, behind_writer, behind_reader, asked))
        down = asyncio.ensure_future(self._down(behind_reader, writer, asked))
        try:
            # Both ways have an end of their own: an early answer leaves the client free to send on.
            await asyncio.gather(up, down)
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.transport.abort()
            behind_writer.transport.abort()
        finally:
            for task in (up, down):
                task.cancel()
            writer.close()
            behind_writer.close()

    async def _up(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        asked: "asyncio.Future[Asked]",
    ) -> None:
        first = Asked.read(await reader.read(READ_BYTES))
        asked.set_result(first)
        await forward(reader, writer, back, await self.ask(first, reader))

    async def _down(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: "asyncio.Future[Asked]"
    ) -> None:
        try:
            raw = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as cut:
            writer.write(cut.partial)
            writer.write_eof()
            return
        await self.answer(asked.result() if asked.done() else Asked(), Head(raw), reader, writer)
        await forward(reader, writer)


class _Behind:
    """The server behind: it has the configuration of the one in front, but for the port."""

    def __init__(self, config: Path, copy: Path, port: int) -> None:
        self._config, self._copy, self._port = config, copy, port
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, command: list[str]) -> asyncio.subprocess.Process:
        self._write()
        words = [word.replace(BEHIND, os.fspath(self._copy)) for word in command]
        self._process = await asyncio.create_subprocess_exec(*words)
        return self._process

    def signal(self, number: int) -> None:
        """Pass a signal on, with the configuration as it is now."""
        self._write()
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def _write(self) -> None:
        text = self._config.read_text(encoding="utf-8")
        try:
            settings = json.loads(text)
            settings["server"]["port"] = self._port
        except (ValueError, TypeError, KeyError):
            self._copy.write_text(text, encoding="utf-8")  # whatever is wrong with it is the server's to say
            return
        self._copy.write_text(json.dumps(settings), encoding="utf-8")


def stand(config: Path, command: list[str], make: Callable[[int], Between]) -> int:
    """Start the server behind by a command that names its configuration as `BEHIND`, and what stands in front
    of it where the configuration says; signals are passed on, and both end together. Gives its exit status.
    """
    server = json.loads(config.read_text(encoding="utf-8"))["server"]
    address = server.get("host", "127.0.0.1"), server["port"]
    return asyncio.run(_run(config, address, command, make))


async def _run(
    config: Path, address: tuple[str, int], command: list[str], make: Callable[[int], Between]
) -> int:
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        behind = _Behind(config, Path(folder) / "config.json", port)
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, behind.signal, number)
        server = await behind.start(command)
        listener = socket.create_server(address, backlog=BACKLOG)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM_BYTES)
        proxy = await asyncio.start_server(make(port).serve, sock=listener)
        code = await server.wait()
        proxy.close()
        return code


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
