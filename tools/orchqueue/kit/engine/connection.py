"""One connection to an engine.

Requests parsed by h11, answers written byte by byte, so that they can be wrong.

Keeps: reading requests, keep-alive, flow control, and noticing at once that the client has left. Leaves out:
what is answered.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast

import h11

from orchqueue.kit.clock import now_ms
from orchqueue.kit.engine.record import EngineRequest
from orchqueue.kit.engine.wire import Answer, Manners, compact
from orchqueue.kit.exchange import header_pairs

Handler = Callable[[EngineRequest, "Reply"], Awaitable[None]]


class EngineConnection(asyncio.Protocol):
    """Serves the requests of one connection one after the other with `handler`, with a format's manners."""

    def __init__(
        self, handler: Handler, opened: Callable[["EngineConnection"], None], manners: Manners
    ) -> None:
        self._handler = handler
        self.manners = manners
        self._opened = opened
        self._http = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._started_ms = 0.0
        self._record: EngineRequest | None = None
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self.closed: Callable[[EngineConnection], None] = lambda _: None
        self.left: Callable[[EngineRequest], None] = lambda _: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        if self._task is None:
            self._advance()

    def eof_received(self) -> bool:
        self._client_left()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._client_left()
        self._writable.set()
        self.closed(self)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def write(self, data: bytes) -> None:
        """Write and wait while the client does not read."""
        self.transport.write(data)
        await self._writable.wait()

    def abort(self, *, reset: bool) -> None:
        """Close at once, dropping what is unread; with `reset` the client sees a reset."""
        if reset:
            sock: socket.socket = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()

    def _client_left(self) -> None:
        if self._record is not None and self._record.finished_ms is None:
            self._record.disconnected_ms = self._record.disconnected_ms or now_ms()
            self.left(self._record)
        if self._task is not None:
            self._task.cancel()

    def _advance(self) -> None:
        try:
            while self._task is None:
                event = self._http.next_event()
                if isinstance(event, h11.Request):
                    self._request, self._body, self._started_ms = event, bytearray(), now_ms()
                elif isinstance(event, h11.Data):
                    self._body += event.data
                elif isinstance(event, h11.EndOfMessage) and self._request is not None:
                    self._serve(self._request)
                else:
                    return
        except h11.RemoteProtocolError:
            self.transport.write(
                b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            )
            self.transport.close()

    def _serve(self, request: h11.Request) -> None:
        self._record = EngineRequest(
            request.method.decode("ascii"),
            request.target.decode("ascii"),
            header_pairs(request.headers.raw_items()),
            bytes(self._body),
            self._started_ms,
        )
        keep = request.http_version == b"1.1" and (self._record.header("connection") or "").lower() != "close"
        self._task = asyncio.get_running_loop().create_task(self._run(Reply(self, self._record, keep=keep)))

    async def _run(self, reply: "Reply") -> None:
        try:
            await self._handler(reply.record, reply)
        except asyncio.CancelledError:
            return  # the client has left, or the engine stops; the handler has put its things in order
        finally:
            self._task = None
        if not reply.keep or self.transport.is_closing():
            self.transport.close()
            return
        waiting, _ = self._http.trailing_data
        self._http = h11.Connection(h11.SERVER)
        if waiting:  # to h11 no bytes mean the end of the connection
            self._http.receive_data(waiting)
            self._advance()


class Reply:
    """The answer to one request. The head of a stream goes out with its first bytes, or at `begin`."""

    def __init__(self, connection: EngineConnection, record: EngineRequest, *, keep: bool) -> None:
        self.record = record
        self.keep = keep
        self.started = False
        self._manners = connection.manners
        self._connection = connection

    async def json(self, status: int, data: Any) -> None:
        """Answer with JSON."""
        await self.whole(Answer(status, self._manners.json_type, compact(data).encode()))

    async def whole(self, answer: Answer) -> None:
        """Answer with a body of known length."""
        self.keep = self.keep and not (self._manners.error_closes and answer.status >= 400)
        headers = [("Content-Type", answer.media_type)] if answer.media_type is not None else []
        head = self._head(answer.status, [*headers, ("Content-Length", str(len(answer.body)))])
        await self._connection.write(head + answer.body)

    async def begin(self, status: int = 200) -> None:
        """Send the head of a stream, if it is not out yet."""
        if not self.started:
            headers = [*self._manners.stream_headers, ("Transfer-Encoding", "chunked")]
            await self._connection.write(self._head(status, headers))

    async def data(self, payload: bytes, write_size: int | None = None) -> None:
        """Write bytes of a stream: one HTTP chunk, or pieces of `write_size` bytes with a chunk each."""
        size = write_size or len(payload)
        for start in range(0, len(payload), size):
            piece = payload[start : start + size]
            await self.wire(b"%x\r\n%b\r\n" % (len(piece), piece))
            if write_size:
                await asyncio.sleep(0)

    async def end(self) -> None:
        """End a stream cleanly."""
        await self.wire(b"0\r\n\r\n")

    async def wire(self, data: bytes) -> None:
        """Write bytes of a stream as they are, HTTP's own framing included."""
        await self.begin()
        await self._connection.write(data)

    def cut(self, *, reset: bool) -> None:
        """Close the connection in the middle of whatever was said."""
        self.keep = False
        self._connection.abort(reset=reset)

    def _head(self, status: int, headers: list[tuple[str, str]]) -> bytes:
        self.started = True
        self.record.status = status
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in (*self._manners.headers, *headers)]
        lines += self._manners.kept if self.keep else ["Connection: close"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
