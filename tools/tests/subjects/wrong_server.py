"""A server that is wrong on purpose: the reference server behind a proxy that breaks what it is told to.

Usage: wrong_server.py --config FILE [--defect NAME]…, with the names of `DEFECTS`. Bytes pass as they are,
but for the defects; so whatever is not broken on purpose is as right, or wrong, as the server.
"""

import argparse
import asyncio
import re
import sys
from pathlib import Path

from orchqueue.mutate.between import BEHIND, Asked, Between, stand
from orchqueue.mutate.passing import Chunks, Head, chunks, frames, plain

DEFECTS = (
    "no-correlation-on-401",
    "unterminated-last-frame",
    "scrape-moves-counters",
    "end-before-last-token",
    "key-on-stderr",
)
KEY = re.compile(rb"^x-api-key: *([^\r\n]+)", re.IGNORECASE | re.MULTILINE)
COUNTER = re.compile(rb"^(tokens_in_total\{[^}]*\} )(\S+)$", re.MULTILINE)
HELD_S = 0.05


async def unterminated(source: Chunks) -> Chunks:
    """Leave out the blank line after the last frame."""
    held: bytes | None = None
    async for frame in frames(source):
        if held is not None:
            yield held
            held = None
        if b"event: end\n" in frame or b"event: error\n" in frame:
            held = frame
        else:
            yield frame
    if held is not None:
        yield held.removesuffix(b"\n")


async def end_first(source: Chunks) -> Chunks:
    """Send the last token, and what follows it, after `end`.

    A token is held until the next frame, or for a moment: one that nothing follows was not the last.
    """
    held: list[bytes] = []
    source = frames(source)
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


class Wrong(Between):
    """Breaks the first answer of each connection by the defects."""

    def __init__(self, port: int, defects: frozenset[str]) -> None:
        super().__init__(port)
        self.defects = defects
        self.scrapes = 0

    async def answer(
        self, asked: Asked, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if "key-on-stderr" in self.defects and (key := KEY.search(asked.raw)):
            print("debug: asked with", key[1].decode("latin-1"), file=sys.stderr, flush=True)
        if head.status == 401 and "no-correlation-on-401" in self.defects:
            head.set("x-correlation-id")
        if head.value("content-type").startswith("text/event-stream") and head.status == 200:
            await self._stream(head, reader, writer)
        elif (asked.method, asked.path) == ("GET", "/metrics") and "scrape-moves-counters" in self.defects:
            await self._scrape(head, reader, writer)
        else:
            writer.write(head.raw())

    async def _stream(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chunked = head.value("transfer-encoding") == "chunked"  # or sent plainly, to a client of HTTP/1.0
        source = chunks(reader) if chunked else plain(reader)
        if "end-before-last-token" in self.defects:
            source = end_first(source)
        if "unterminated-last-frame" in self.defects:
            source = unterminated(source)
        writer.write(head.raw())
        async for chunk in source:
            writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk) if chunked else chunk)
            await writer.drain()
        if chunked:
            writer.write(b"0\r\n\r\n")

    async def _scrape(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.scrapes += 1
        body = await head.body(reader)
        body = COUNTER.sub(lambda found: found[1] + str(float(found[2]) + self.scrapes).encode(), body)
        head.set("content-length", str(len(body)))
        writer.write(head.raw() + body)


def main() -> int:
    """Parse the command line and run until told to stop."""
    parser = argparse.ArgumentParser(description="a server that is wrong on purpose")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--defect", action="append", default=[], choices=DEFECTS)
    arguments = parser.parse_args()
    defects = frozenset(arguments.defect)
    command = [sys.executable, "-m", "orchestratord", "serve", "--config", BEHIND]
    return stand(arguments.config, command, lambda port: Wrong(port, defects))


if __name__ == "__main__":
    sys.exit(main())
