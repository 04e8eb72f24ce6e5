"""One connection to an engine: a request goes out, its answer comes in, and then perhaps the next.

What is asked, and over which connection, is the link's. Bytes are passed on as the network gives them: what
comes in one piece is handed out as one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import cast

import httptools

MAX_HEAD_BYTES = 64 * 1024
MAX_UNREAD_BYTES = 1024 * 1024

_INTERIM = range(100, 200)


class WrongAnswerError(ConnectionError):
    """The engine sent something that is no HTTP."""


class CutOffError(ConnectionError):
    """The engine closed the connection before the end of its answer."""


class Answer(AsyncIterator[bytes]):
    """What came for one request. Iterating gives its body as it comes.

    Waiting for it raises OSError when the connection is gone, once all that came before has been given.
    """

    def __init__(self, stop: Callable[[], None], read_on: Callable[[], None]) -> None:
        self.status = 0
        self.media_type = "application/octet-stream"
        self.ended = False
        self.begun = False
        self.unread = 0
        self._parts: list[bytes] = []
        self._failure: OSError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._stop = stop
        self._read_on = read_on

    async def head(self) -> None:
        """Until status and headers are there."""
        while not self.begun:
            await self._news()

    async def __anext__(self) -> bytes:
        while not self._parts:
            if self.ended:
                raise StopAsyncIteration
            await self._news()
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        if self.unread > MAX_UNREAD_BYTES:
            self._read_on()
        self.unread = 0
        return body

    def close(self) -> None:
        """End the request at the engine, unless its answer has ended by itself."""
        if not self.ended:
            self._stop()

    def begin(self, status: int) -> None:
        """The head came."""
        self.status, self.begun = status, True
        self._wake()

    def add(self, parts: list[bytes]) -> None:
        """Parts of the body came."""
        self._parts += parts
        self.unread += sum(map(len, parts))
        self._wake()

    def end(self) -> None:
        """All of it came."""
        self.ended = True
        self._wake()

    def fail(self, failure: OSError) -> None:
        """Nothing more will come."""
        self._failure = failure
        self._wake()

    async def _news(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connection(asyncio.Protocol):
    """A connection that is made. `free` is told when it can serve the next request, `gone` when it is
    closed.
    """

    def __init__(self, free: Callable[["Connection"], None], gone: Callable[["Connection"], None]) -> None:
        self._free = free
        self._gone = gone
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: Answer | None = None
        self._bodies: list[bytes] = []
        self._keep = True
        self._framed = False
        self._head_bytes = 0
        self.kept = False
        self.lapse: asyncio.TimerHandle | None = None

    def send(self, request: bytes, *, keep: bool) -> Answer:
        """Send a request as bytes; `keep` says whether the engine keeps the connection after its answer."""
        assert self._transport is not None
        self._answer = Answer(self.abort, self._transport.resume_reading)
        self._keep, self._framed, self._head_bytes = keep, False, 0
        self._transport.write(request)
        return self._answer

    def abort(self) -> None:
        """Close at once, which is how an engine learns that nobody wants its answer."""
        # OC-ADAPT-5083
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's, and none of their classes.
        self._transport = cast(asyncio.Transport, transport)
        # What waits to be written leaves at the end of a turn of the loop, unless none may wait.
        self._transport.set_write_buffer_limits(high=0)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.lapse is not None:
            self.lapse.cancel()
        answer, self._answer = self._answer, None
        if answer is not None:
            if exc is None and answer.begun and not self._framed:
                answer.end()
            else:
                answer.fail(exc if isinstance(exc, OSError) else CutOffError())
        self._gone(self)

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None:  # nobody has asked
            self.abort()
            return
        if not answer.begun:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._hand_on(answer)
            self._fail(WrongAnswerError())
            return
        self._hand_on(answer)
        if answer.ended:
            self._answer = None
            if self._keep:
                self.kept = True
                self._free(self)
            else:
                self.close()
        elif not answer.begun and self._head_bytes > MAX_HEAD_BYTES:
            self._fail(WrongAnswerError())
        elif answer.unread > MAX_UNREAD_BYTES and self._transport is not None:
            self._transport.pause_reading()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, called by the parser."""
        match name.lower():
            case b"content-type" if self._answer is not None:
                self._answer.media_type = value.decode("latin-1").partition(";")[0].strip().lower()
            case b"content-length" | b"transfer-encoding":
                self._framed = True

    def on_headers_complete(self) -> None:
        """The end of a head, called by the parser."""
        status = self._parser.get_status_code()
        if self._answer is not None and status not in _INTERIM:
            self._framed |= status in (204, 304)
            self._answer.begin(status)

    def on_body(self, body: bytes) -> None:
        """A part of a body, called by the parser."""
        self._bodies.append(body)

    def on_message_complete(self) -> None:
        """The end of an answer, called by the parser."""
        if self._answer is not None and self._answer.begun:
            self._keep = self._keep and self._parser.should_keep_alive()
            self._answer.end()

    def _hand_on(self, answer: Answer) -> None:
        if self._bodies:
            answer.add(self._bodies)
            self._bodies.clear()

    def _fail(self, failure: OSError) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.fail(failure)
        self.abort()
