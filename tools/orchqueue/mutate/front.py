"""A proxy in front of a server, which breaks what the switch says: `python -m orchqueue.mutate.front`.

usage: front SWITCH CONFIG -- COMMAND…   with {behind} in COMMAND for the configuration of the server behind

Bytes pass as they are, both ways and at once, but for the answer that the mutant is about: the first of each
connection. So whatever is not broken on purpose is as right, or wrong, as the server. Knows nothing of the
contract: where a mutant acts is in its sites.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from orchqueue.mutate import surgery
from orchqueue.mutate.mutation import Mutation, Site
from orchqueue.mutate.passing import Head, chunks, connect, forward, frames, plain, whole_request
from orchqueue.mutate.surgery import Answer, EventSurgery
from orchqueue.mutate.switch import Switch

BEHIND = "{behind}"
ROOM_BYTES = 16384  # what the proxy keeps of what is not read: little, since the server is judged by it
BACKLOG = 2048
HELD_S = 0.05  # how long an event that is to come later waits for another


class Front:
    """Passes connections on to the server behind and breaks the first answer of each."""

    def __init__(self, port: int, switch: Switch) -> None:
        self._port = port
        self._switch = switch
        self._on: dict[str, object] = {}
        self._read: Mutation | None = None

    def _mutation(self) -> Mutation | None:
        on = self._switch.on()
        if on is not self._on:
            self._on, self._read = on, Mutation.read(on["wire"]) if "wire" in on else None
        return self._read

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until both sides are done, or one of them breaks."""
        try:
            behind_reader, behind_writer = await connect(self._port, ROOM_BYTES)
        except ConnectionError:
            writer.transport.abort()
            return
        asked: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()
        up = asyncio.ensure_future(self._ask(reader, behind_writer, behind_reader, asked))
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

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        asked: "asyncio.Future[tuple[str, str]]",
    ) -> None:
        first = await reader.read(65536)
        line = first.partition(b"\r\n")[0].decode("latin-1").split(" ")
        method, path = (line[0], line[1].partition("?")[0]) if len(line) == 3 else ("", "")
        asked.set_result((method, path))
        mutation = self._mutation()
        sites = mutation.at(method, path, None) if mutation and mutation.part == "request" else []
        if mutation and sites:
            first = await whole_request(first, reader)
            head, blank, body = first.partition(b"\r\n\r\n")
            broken = surgery.request(mutation, sites, body)
            if broken is not None:
                self._switch.mark()
                asking = Head(head + blank)
                asking.set("content-length", str(len(broken)))
                first = asking.raw() + broken
        await forward(reader, writer, back, first)

    async def _answer(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        asked: "asyncio.Future[tuple[str, str]]",
    ) -> None:
        try:
            raw = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as cut:
            writer.write(cut.partial)
            writer.write_eof()
            return
        head = Head(raw)
        method, path = asked.result() if asked.done() else ("", "")
        mutation = self._mutation()
        sites = mutation.at(method, path, head.status) if mutation else []
        if mutation and sites and mutation.part != "request" and method != "HEAD":
            await self._broken(mutation, sites, head, reader, writer)
        else:
            writer.write(raw)
        await forward(reader, writer)

    async def _broken(
        self,
        mutation: Mutation,
        sites: list[Site],
        head: Head,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        in_stream = mutation.part in {"event", "data"}
        if in_stream:
            await self._stream(EventSurgery(mutation, sites, self._switch.mark), head, reader, writer)
            return
        streamed = head.value("content-type").startswith("text/event-stream")
        # Of a stream only what comes before its events, unless nothing of it is left.
        body = b"" if streamed else await head.body(reader)
        found = Answer(head.status, head.headers, body)
        if surgery.answer(mutation, sites, found):
            self._switch.mark()
            head.become(found.status, found.headers)
        if streamed and found.body == b"":
            writer.write(head.raw())
            return
        if found.body or head.status not in {204, 304}:
            head.set("transfer-encoding")
            head.set("content-length", str(len(found.body)))
        writer.write(head.raw() + found.body)
        if streamed:
            await writer.drain()
            writer.write_eof()

    async def _stream(
        self,
        surgeon: EventSurgery,
        head: Head,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        chunked = head.value("transfer-encoding") == "chunked"  # or plain, to a client of HTTP/1.0
        writer.write(head.raw())
        source = frames(chunks(reader) if chunked else plain(reader))
        while True:
            coming = asyncio.ensure_future(anext(source, None))
            if surgeon.held and not (await asyncio.wait({coming}, timeout=HELD_S))[0]:
                await _send(writer, surgeon.release(), chunked=chunked)
            frame = await coming
            if frame is None:
                break
            await _send(writer, surgeon.take(frame), chunked=chunked)
        await _send(writer, surgeon.release(), chunked=chunked)
        if chunked:
            writer.write(b"0\r\n\r\n")


async def _send(writer: asyncio.StreamWriter, blocks: list[bytes], *, chunked: bool) -> None:
    for block in blocks:
        writer.write(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
        await writer.drain()


class Behind:
    """The server behind: it has the configuration of the one in front, but for the port."""

    def __init__(self, config: Path, copy: Path, port: int) -> None:
        self._config, self._copy, self._port = config, copy, port
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, command: list[str]) -> asyncio.subprocess.Process:
        """Start it."""
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


async def run(switch: Switch, config: Path, address: tuple[str, int], command: list[str]) -> int:
    """Start the server behind, then the proxy in front; signals are passed on, and both end together."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        behind = Behind(config, Path(folder) / "config.json", port)
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, behind.signal, number)
        server = await behind.start(command)
        listener = socket.create_server(address, backlog=BACKLOG)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM_BYTES)
        proxy = await asyncio.start_server(Front(port, switch).serve, sock=listener)
        code = await server.wait()
        proxy.close()
        return code


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(words: list[str]) -> int:
    """Run until the server behind ends; exit as it does."""
    switch, config, separator, *command = words
    assert separator == "--", "usage: front SWITCH CONFIG -- COMMAND…"
    server = json.loads(Path(config).read_text(encoding="utf-8"))["server"]
    address = server.get("host", "127.0.0.1"), server["port"]
    return asyncio.run(run(Switch(Path(switch)), Path(config), address, command))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
