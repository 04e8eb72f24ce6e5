"""Bytes on their way through the proxy: heads, bodies, chunks and frames, kept as they came."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator

Chunks = AsyncIterator[bytes]

READ_BYTES = 65536
WHOLE_S = 0.2  # how long the rest of a request is waited for
_FRAME = re.compile(rb"(?:[^\n]+\n)+\n")


class Head:
    """The first line and the header lines of a message, kept byte by byte until they are set."""

    def __init__(self, raw: bytes) -> None:
        self.lines = raw.removesuffix(b"\r\n\r\n").split(b"\r\n")

    @property
    def status(self) -> int:
        """The status of a response."""
        return int(self.lines[0].split(b" ", 2)[1])

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers in order."""
        pairs = (line.decode("latin-1").partition(":") for line in self.lines[1:])
        return [(name.strip(), value.strip()) for name, _, value in pairs]

    def value(self, name: str) -> str:
        """Give the first value of a header, empty when it is not there."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def set(self, name: str, value: str | None = None) -> None:
        """Put a header in place of those of that name, or none."""
        kept = [
            line
            for line in self.lines[1:]
            if line.partition(b":")[0].strip().lower() != name.encode("latin-1")
        ]
        self.lines[1:] = kept if value is None else [*kept, f"{name}: {value}".encode("latin-1")]

    def become(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Take on another status and other headers."""
        version = self.lines[0].split(b" ", 1)[0]
        first = self.lines[0] if status == self.status else version + b" %d Broken" % status
        self.lines = [first, *(f"{name}: {value}".encode("latin-1") for name, value in headers)]

    def raw(self) -> bytes:
        """Give it as it is sent."""
        return b"\r\n".join(self.lines) + b"\r\n\r\n"

    async def body(self, reader: asyncio.StreamReader) -> bytes:
        """Read the whole body of a response with this head."""
        if self.value("transfer-encoding") == "chunked":
            return b"".join([chunk async for chunk in chunks(reader)])
        if length := self.value("content-length"):
            return await reader.readexactly(int(length))
        return b"" if self.status in {204, 304} else await reader.read()


async def connect(port: int, room: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the server behind, with little room here for what the client does not read."""
    behind = socket.socket()
    behind.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    behind.setblocking(False)
    await asyncio.get_running_loop().sock_connect(behind, ("127.0.0.1", port))
    return await asyncio.open_connection(sock=behind)


async def whole_request(first: bytes, reader: asyncio.StreamReader) -> bytes:
    """Give a request with all of its body, as far as it comes soon."""
    raw = first
    while not _is_whole(raw):
        try:
            more = await asyncio.wait_for(reader.read(READ_BYTES), WHOLE_S)
        except TimeoutError:
            break
        if not more:
            break
        raw += more
    return raw


def _is_whole(raw: bytes) -> bool:
    head, blank, body = raw.partition(b"\r\n\r\n")
    return bool(blank) and len(body) >= int(Head(head + blank).value("content-length") or 0)


async def frames(source: Chunks) -> Chunks:
    """Cut a byte stream into whole frames; what is left at its end comes last."""
    rest = b""
    async for chunk in source:
        rest += chunk
        while match := _FRAME.match(rest):
            yield match.group()
            rest = rest[match.end() :]
    if rest:
        yield rest


async def chunks(reader: asyncio.StreamReader) -> Chunks:
    """Read a chunked body, chunk by chunk."""
    while size := int((await reader.readline()).strip(), 16):
        chunk = await reader.readexactly(size + 2)
        yield chunk.removesuffix(b"\r\n")
    await reader.readline()


async def plain(reader: asyncio.StreamReader) -> Chunks:
    """Read a body that ends with its connection."""
    while data := await reader.read(READ_BYTES):
        yield data


async def forward(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    back: asyncio.StreamReader | None = None,
    first: bytes = b"",
) -> None:
    """Pass bytes on until their end, and the end too, `first` ahead of them.

    A connection that broke, as `back` knows, is broken on this side as well: raises ConnectionError.
    """
    gone, data = False, first or await reader.read(READ_BYTES)
    while data:
        # What is sent to a server that has answered early and left is read and dropped.
        if not gone and not writer.is_closing():
            writer.write(data)
            try:
                await writer.drain()
            except ConnectionError:
                if back is not None and back.exception() is not None:
                    raise
                gone = True
        data = await reader.read(READ_BYTES)
    if not gone and writer.can_write_eof() and not writer.is_closing():
        writer.write_eof()
