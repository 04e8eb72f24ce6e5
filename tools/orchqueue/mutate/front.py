"""A proxy in front of a server, which breaks what the switch says: `python -m orchqueue.mutate.front`.

usage: front SWITCH CONFIG -- COMMAND…   with {behind} in COMMAND for the configuration of the server behind

Bytes pass as they are but for the answer that the mutant is about, or its request: the first of each
connection. So whatever is not broken on purpose is as right, or wrong, as the server. Where a mutant acts is
in its sites.
"""

import asyncio
import sys
from pathlib import Path

from orchqueue.mutate import surgery
from orchqueue.mutate.between import Asked, Between, stand
from orchqueue.mutate.mutation import Mutation, Site
from orchqueue.mutate.passing import Head, chunks, frames, plain, whole_request
from orchqueue.mutate.surgery import Answer, EventSurgery
from orchqueue.mutate.switch import Switch

HELD_S = 0.05  # how long an event that is to come later waits for another


class Front(Between):
    """Breaks the first request or answer of each connection."""

    def __init__(self, port: int, switch: Switch) -> None:
        super().__init__(port)
        self._switch = switch
        self._on: dict[str, object] = {}
        self._read: Mutation | None = None

    def _mutation(self) -> Mutation | None:
        on = self._switch.on()
        if on is not self._on:
            self._on, self._read = on, Mutation.read(on["wire"]) if "wire" in on else None
        return self._read

    async def ask(self, asked: Asked, reader: asyncio.StreamReader) -> bytes:
        """Have the server read one value of the body for another, where that is meant."""
        mutation = self._mutation()
        if mutation is None or mutation.part != "request":
            return asked.raw
        sites = mutation.at(asked.method, asked.path, None)
        if not sites:
            return asked.raw
        whole = await whole_request(asked.raw, reader)
        head, blank, body = whole.partition(b"\r\n\r\n")
        broken = surgery.request(mutation, sites, body)
        if broken is None:
            return whole
        self._switch.mark()
        asking = Head(head + blank)
        asking.set("content-length", str(len(broken)))
        return asking.raw() + broken

    async def answer(
        self, asked: Asked, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Break the answer, where it is meant."""
        mutation = self._mutation()
        sites = mutation.at(asked.method, asked.path, head.status) if mutation else []
        if mutation and sites and mutation.part != "request" and asked.method != "HEAD":
            await self._broken(mutation, sites, head, reader, writer)
        else:
            writer.write(head.raw())

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


def main(words: list[str]) -> int:
    """Run until the server behind ends; exit as it does."""
    switch, config, separator, *command = words
    assert separator == "--", "usage: front SWITCH CONFIG -- COMMAND…"
    return stand(Path(config), command, lambda port: Front(port, Switch(Path(switch))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
