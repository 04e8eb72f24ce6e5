"""A server that is wrong on purpose: the reference server behind a proxy that breaks what it is told to.

Usage: wrong_server.py --config FILE [--defect NAME]…, with the names of `DEFECTS`. It keeps the wire exact
but for the defects, and stops with the server behind it.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import h11

DEFECTS = (
    "no-correlation-on-401",
    "unterminated-last-frame",
    "scrape-moves-counters",
    "end-before-last-token",
)
FRAME = re.compile(rb"(?:[^\n]+\n)+\n")
COUNTER = re.compile(rb"^(tokens_in_total\{[^}]*\} )(\S+)$", re.MULTILINE)

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
        held = frame
    if held is not None:
        yield held.removesuffix(b"\n")


async def end_first(chunks: Chunks) -> Chunks:
    """Send the last token after `end`."""
    held: list[bytes] = []
    async for frame in frames(chunks):
        if b"event: token\n" in frame or b"event: metrics\n" in frame:
            if b"event: token\n" in frame:
                for earlier in held:
                    yield earlier
                held = []
            held.append(frame)
        elif b"event: end\n" in frame:
            yield frame
            for later in held:
                yield later
            held = []
        else:
            yield frame
    for later in held:
        yield later


class WrongProxy:
    """Forwards each request to the server behind and alters the response by the defects."""

    def __init__(self, port: int, defects: frozenset[str]) -> None:
        self.port = port
        self.defects = defects
        self.scrapes = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side closes it."""
        client = h11.Connection(h11.SERVER)
        try:
            while await self._exchange(client, reader, writer):
                client.start_next_cycle()
        except (ConnectionError, h11.ProtocolError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _exchange(
        self, client: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        request, body = await _read_message(client, reader)
        if not isinstance(request, h11.Request):
            return False
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.port)
        server = h11.Connection(h11.CLIENT)
        try:
            up_writer.write(server.send(request) or b"")
            if body:
                up_writer.write(server.send(h11.Data(data=body)) or b"")
            up_writer.write(server.send(h11.EndOfMessage()) or b"")
            gone = asyncio.ensure_future(reader.read(1))  # a client that leaves ends the stream behind, too
            relay = asyncio.ensure_future(self._relay(request, server, up_reader, client, writer))
            await asyncio.wait({gone, relay}, return_when=asyncio.FIRST_COMPLETED)
            for task in (gone, relay):
                if not task.done():
                    task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        finally:
            up_writer.close()
        return False

    async def _relay(
        self,
        request: h11.Request,
        server: h11.Connection,
        up_reader: asyncio.StreamReader,
        client: h11.Connection,
        writer: asyncio.StreamWriter,
    ) -> None:
        response = await _next_event(server, up_reader)
        if not isinstance(response, h11.Response):
            return
        chunks = self._alter_body(request, response, _data(server, up_reader))
        writer.write(client.send(self._alter_head(response)) or b"")
        async for chunk in chunks:
            writer.write(client.send(h11.Data(data=chunk)) or b"")
            await writer.drain()
        writer.write(client.send(h11.EndOfMessage()) or b"")
        await writer.drain()

    def _alter_head(self, response: h11.Response) -> h11.Response:
        dropped = {b"connection"}
        streams = b"text/event-stream" in dict(response.headers).get(b"content-type", b"")
        if self.defects & {"scrape-moves-counters"} or streams:
            dropped.add(b"content-length")
        if response.status_code == 401 and "no-correlation-on-401" in self.defects:
            dropped.add(b"x-correlation-id")
        kept = [(name, value) for name, value in response.headers.raw_items() if name.lower() not in dropped]
        return h11.Response(
            status_code=response.status_code,
            headers=[*kept, (b"Connection", b"close")],
            reason=response.reason,
        )

    def _alter_body(self, request: h11.Request, response: h11.Response, chunks: Chunks) -> Chunks:
        content_type = dict(response.headers).get(b"content-type", b"")
        if b"text/event-stream" in content_type:
            if "end-before-last-token" in self.defects:
                chunks = end_first(chunks)
            if "unterminated-last-frame" in self.defects:
                chunks = unterminated(chunks)
        elif request.target == b"/metrics" and "scrape-moves-counters" in self.defects:
            self.scrapes += 1
            moved = self.scrapes
            chunks = _whole(
                chunks, lambda text: COUNTER.sub(lambda m: m[1] + str(float(m[2]) + moved).encode(), text)
            )
        return chunks


async def _whole(chunks: Chunks, alter: Callable[[bytes], bytes]) -> Chunks:
    yield alter(b"".join([chunk async for chunk in chunks]))


async def _next_event(connection: h11.Connection, reader: asyncio.StreamReader) -> object:
    while True:
        event = connection.next_event()
        if event is not h11.NEED_DATA:
            return event
        connection.receive_data(await reader.read(65536))


async def _data(connection: h11.Connection, reader: asyncio.StreamReader) -> Chunks:
    while isinstance(event := await _next_event(connection, reader), h11.Data):
        yield bytes(event.data)


async def _read_message(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[object, bytes]:
    request = await _next_event(connection, reader)
    body = b""
    if isinstance(request, h11.Request):
        body = b"".join([chunk async for chunk in _data(connection, reader)])
    return request, body


async def run(settings: dict[str, Any], defects: frozenset[str]) -> int:
    """Start the server behind, then the proxy in front; stop both on SIGTERM."""
    port = settings["server"]["port"]
    behind = free_port()
    settings["server"]["port"] = behind
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "config.json"
        copy.write_text(json.dumps(settings))
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "orchestratord", "serve", "--config", str(copy), env=os.environ
        )
        proxy = await asyncio.start_server(WrongProxy(behind, defects).serve, "127.0.0.1", port)
        stop = asyncio.ensure_future(stopping.wait())
        died = asyncio.ensure_future(server.wait())
        await asyncio.wait({stop, died}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if server.returncode is None:
            server.send_signal(signal.SIGTERM)
        code = await died
        proxy.close()
        return code


def main() -> int:
    """Parse the command line and run until told to stop."""
    parser = argparse.ArgumentParser(description="a server that is wrong on purpose")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--defect", action="append", default=[], choices=DEFECTS)
    arguments = parser.parse_args()
    return asyncio.run(run(json.loads(arguments.config.read_text()), frozenset(arguments.defect)))


if __name__ == "__main__":
    sys.exit(main())
