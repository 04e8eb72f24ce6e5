"""A server that is wrong on purpose: the reference server behind a proxy that breaks what it is told to.

Usage: wrong_server.py --config FILE [--defect NAME]…, with the names of `DEFECTS`. Bytes pass as they are,
but for the defects; so whatever is not broken on purpose is as right, or wrong, as the server.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

DEFECTS = (
    "no-correlation-on-401",
    "unterminated-last-frame",
    "scrape-moves-counters",
    "end-before-last-token",
    "key-on-stderr",
)
KEY = re.compile(rb"^x-api-key: *([^\r\n]+)", re.IGNORECASE | re.MULTILINE)
FRAME = re.compile(rb"(?:[^\n]+\n)+\n")
COUNTER = re.compile(rb"^(tokens_in_total\{[^}]*\} )(\S+)$", re.MULTILINE)
READ_BYTES = 65536
ROOM_BYTES = 16384
HELD_S = 0.05

Chunks = AsyncIterator[bytes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def frames(chunks: Chunks) -> Chunks:
    """Cut a byte stream into whole frames; what is left at its end comes last."""
    rest = b""
    async for chunk in chunks:
        rest += chunk
        while match := FRAME.match(rest):
            yield match.group()
            rest = rest[match.end() :]
    if rest:
        yield rest


async def unterminated(chunks: Chunks) -> Chunks:
    """Leave out the blank line after the last frame."""
    held: bytes | None = None
    async for frame in frames(chunks):
        if held is not None:
            yield held
            held = None
        if b"event: end\n" in frame or b"event: error\n" in frame:
            held = frame
        else:
            yield frame
    if held is not None:
        yield held.removesuffix(b"\n")


async def end_first(chunks: Chunks) -> Chunks:
    """Send the last token, and what follows it, after `end`.

    A token is held until the next frame, or for a moment: one that nothing follows was not the last.
    """
    held: list[bytes] = []
    source = frames(chunks)
    while True:
        coming = asyncio.ensure_future(anext(source, None))
        if held and not (await asyncio.wait({coming}, timeout=HELD_S))[0]:
            yield b"".join(held)
            held = []
        frame = await coming
        if frame is None:
            break
        if b"event: end\n" in frame:
            yield b"".join([frame, *held])
            held = []
        elif held and b"event: metrics\n" in frame:
            held.append(frame)
        else:
            if held:
                yield b"".join(held)
            held = [frame] if b"event: token\n" in frame else []
            if not held:
                yield frame
    if held:
        yield b"".join(held)


class Head:
    """The status line and the header lines of a response, kept byte by byte."""

    def __init__(self, raw: bytes) -> None:
        self.lines = raw.removesuffix(b"\r\n\r\n").split(b"\r\n")

    @property
    def status(self) -> int:
        return int(self.lines[0].split(b" ", 2)[1])

    def value(self, name: bytes) -> bytes:
        for line in self.lines[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name:
                return value.strip()
        return b""

    def replace(self, name: bytes, *lines: bytes) -> None:
        kept = [line for line in self.lines[1:] if line.partition(b":")[0].strip().lower() != name]
        self.lines[1:] = [*kept, *lines]

    def raw(self) -> bytes:
        return b"\r\n".join(self.lines) + b"\r\n\r\n"


class Proxy:
    """Passes connections on to the server behind and breaks the first response of each by the defects."""

    def __init__(self, port: int, defects: frozenset[str]) -> None:
        self.port = port
        self.defects = defects
        self.scrapes = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until both sides are done, or one of them breaks."""
        try:
            behind_reader, behind_writer = await _connect(self.port)
        except ConnectionError:
            writer.transport.abort()
            return
        asked: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        up = asyncio.ensure_future(_forward(reader, behind_writer, asked, behind_reader))
        down = asyncio.ensure_future(self._answer(behind_reader, writer, asked))
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

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: asyncio.Future[bytes]
    ) -> None:
        try:
            raw = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as cut:
            writer.write(cut.partial)
            writer.write_eof()
            return
        head = Head(raw)
        request = asked.result() if asked.done() else b""
        if "key-on-stderr" in self.defects and (key := KEY.search(request)):
            print("debug: asked with", key[1].decode("latin-1"), file=sys.stderr, flush=True)
        if head.status == 401 and "no-correlation-on-401" in self.defects:
            head.replace(b"x-correlation-id")
        if head.value(b"content-type").startswith(b"text/event-stream") and head.status == 200:
            await self._stream(head, reader, writer)
        elif request.startswith(b"GET /metrics") and "scrape-moves-counters" in self.defects:
            await self._scrape(head, reader, writer)
        else:
            writer.write(head.raw())
        await _forward(reader, writer, None)

    async def _stream(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chunked = head.value(b"transfer-encoding") == b"chunked"  # or sent plainly, to a client of HTTP/1.0
        chunks = _chunks(reader) if chunked else _plain(reader)
        if "end-before-last-token" in self.defects:
            chunks = end_first(chunks)
        if "unterminated-last-frame" in self.defects:
            chunks = unterminated(chunks)
        writer.write(head.raw())
        async for chunk in chunks:
            writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk) if chunked else chunk)
            await writer.drain()
        if chunked:
            writer.write(b"0\r\n\r\n")

    async def _scrape(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.scrapes += 1
        body = await reader.readexactly(int(head.value(b"content-length")))
        body = COUNTER.sub(lambda found: found[1] + str(float(found[2]) + self.scrapes).encode(), body)
        head.replace(b"content-length", b"content-length: %d" % len(body))
        writer.write(head.raw() + body)


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the server behind, with little room here for what the client does not read."""
    behind = socket.socket()
    behind.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM_BYTES)
    behind.setblocking(False)
    await asyncio.get_running_loop().sock_connect(behind, ("127.0.0.1", port))
    return await asyncio.open_connection(sock=behind)


async def _chunks(reader: asyncio.StreamReader) -> Chunks:
    while size := int((await reader.readline()).strip(), 16):
        chunk = await reader.readexactly(size + 2)
        yield chunk.removesuffix(b"\r\n")
    await reader.readline()


async def _plain(reader: asyncio.StreamReader) -> Chunks:
    while data := await reader.read(READ_BYTES):
        yield data


async def _forward(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    first: asyncio.Future[bytes] | None,
    back: asyncio.StreamReader | None = None,
) -> None:
    """Pass bytes on until their end, and the end too; `first` gets the first of them.

    A connection that broke, as `back` knows, is broken on this side as well: raises ConnectionError.
    """
    gone = False
    while data := await reader.read(READ_BYTES):
        if first is not None and not first.done():
            first.set_result(data)
        if gone or writer.is_closing():
            continue  # what is sent to a server that has answered early and left is read and dropped
        writer.write(data)
        try:
            await writer.drain()
        except ConnectionError:
            if back is not None and back.exception() is not None:
                raise
            gone = True
    if not gone and writer.can_write_eof() and not writer.is_closing():
        writer.write_eof()


class Behind:
    """The server behind: it has the configuration of the one in front, but for the port."""

    def __init__(self, config: Path, copy: Path) -> None:
        self.port = free_port()
        self._config, self._copy = config, copy
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> asyncio.subprocess.Process:
        """Start it."""
        self._write()
        words = [sys.executable, "-m", "orchestratord", "serve", "--config", str(self._copy)]
        self.process = await asyncio.create_subprocess_exec(*words, env=os.environ)
        return self.process

    def signal(self, number: int) -> None:
        """Pass a signal on, with the configuration as it is now."""
        self._write()
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    def _write(self) -> None:
        text = self._config.read_text()
        try:
            settings = json.loads(text)
        except ValueError:
            self._copy.write_text(text)
            return
        settings["server"]["port"] = self.port
        self._copy.write_text(json.dumps(settings))


async def run(config: Path, port: int, defects: frozenset[str]) -> int:
    """Start the server behind, then the proxy in front; signals are passed on, and both end together."""
    with tempfile.TemporaryDirectory() as folder:
        behind = Behind(config, Path(folder) / "config.json")
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, behind.signal, number)
        server = await behind.start()
        front = socket.create_server(("127.0.0.1", port))
        front.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM_BYTES)
        proxy = await asyncio.start_server(Proxy(behind.port, defects).serve, sock=front)
        code = await server.wait()
        proxy.close()
        return code


def main() -> int:
    """Parse the command line and run until told to stop."""
    parser = argparse.ArgumentParser(description="a server that is wrong on purpose")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--defect", action="append", default=[], choices=DEFECTS)
    arguments = parser.parse_args()
    port = json.loads(arguments.config.read_text())["server"]["port"]
    return asyncio.run(run(arguments.config, port, frozenset(arguments.defect)))


if __name__ == "__main__":
    sys.exit(main())
