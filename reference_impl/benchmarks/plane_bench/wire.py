"""A client with next to no cost of its own: requests are bytes made beforehand, answers are parsed in C."""

import asyncio
from collections.abc import Callable
from typing import Any

import httptools

HOST = "127.0.0.1"

Hear = Callable[[bytes], None]


class Wire(asyncio.Protocol):
    """One connection, one request at a time. A lost connection raises ConnectionError where it is waited
    for.
    """

    def __init__(self) -> None:
        self._parser: Any = httptools.HttpResponseParser(self)
        self._transport: Any = None
        self._answer: asyncio.Future[int] | None = None
        self._hear: Hear = _nothing

    @classmethod
    async def to(cls, port: int) -> "Wire":
        """A connection to a server of this machine."""
        _, wire = await asyncio.get_running_loop().create_connection(cls, HOST, port)
        return wire

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of an answer."""
        parts: list[bytes] = []
        status = await self.stream(request, parts.append)
        return status, b"".join(parts)

    async def stream(self, request: bytes, hear: Hear) -> int:
        """Status of an answer; `hear` is given its body as it comes."""
        self._hear = hear
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))

    def on_body(self, body: bytes) -> None:
        """A part of the body, called by the parser."""
        self._hear(body)

    def on_message_complete(self) -> None:
        """The end of an answer, called by the parser."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())


def post(path: str, body: bytes, *headers: str) -> bytes:
    """A POST of JSON as bytes."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {HOST}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def get(path: str, *headers: str) -> bytes:
    """A GET as bytes."""
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {HOST}", *headers, "", ""]).encode()


def _nothing(_body: bytes) -> None:
    return
