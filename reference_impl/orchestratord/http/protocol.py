"""uvicorn's HTTP protocol with limits where the parser has none: size of the head, time for it, body that
nobody reads, silence between requests, and answers that the client leaves unread.

What passes these limits is judged by the edge; what the parser cannot read at all is answered here with a
bare 400. How many connections there may be is the crowd's to say.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from orchestratord.core.errors import OrchestratorError
from orchestratord.http.context import EXCHANGE, HANG_UP, HEAD_TOO_LARGE, REQUEST_ID
from orchestratord.http.correlation import HEADER, correlation_id
from orchestratord.http.crowd import Crowd
from orchestratord.http.exchange import Exchange
from orchestratord.http.headers import Headers
from orchestratord.http.http10 import end_with_connection
from orchestratord.http.rendering import error_response
from orchestratord.logs import Log
from orchqueue_contract.errors import ErrorCode
from orchqueue_contract.routes import TRANSPORT

LINGER_S = 1.0
LINGER_BYTES = 1024 * 1024
HEADER_OVERHEAD = 4  # the colon, a space and the end of the line


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How large the head of a request may be in bytes, as may its trailers, and what is read at most of a
    body on the wire, with the frames of its chunks. Times are milliseconds: for the head of a request, for
    the silence before the next one, and for a client to read what fills the connection. `buffer_bytes` is
    what is put there before its sender has to wait.
    """

    head_bytes: int
    discard_bytes: int
    head_timeout_ms: float
    idle_timeout_ms: float
    stall_timeout_ms: float
    buffer_bytes: int


class _InTurn(FlowControl):
    """Reads on only when no request waits behind the one that is being answered."""

    def __init__(self, transport: Any, waiting: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if self.read_paused and not self._waiting():
            super().resume_reading()


class EdgeProtocol(HttpToolsProtocol):
    """One connection. Its limits, its crowd, its log and who is told of what is no HTTP are set by a subclass
    that `protocol_with` makes.
    """

    limits: ConnectionLimits
    crowd: Crowd
    log: Log
    garbled: Callable[[], None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._head_bytes = 0
        self._raw_head_bytes = 0
        self._raw_body_bytes = 0
        self._idle = False
        self._clock: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._last_words: Callable[[], None] | None = None
        self._wishes_upgrade = False
        self._deaf = False
        self._answered: RequestResponseCycle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.flow = _InTurn(transport, lambda: bool(self.pipeline))
        # OC-CTRL-2018
        transport.set_write_buffer_limits(high=self.limits.buffer_bytes)
        self._start_clock(self.limits.head_timeout_ms)
        self.crowd.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.crowd.left(self)
        for timer in (self._clock, self._stall, self._lingering):
            if timer is not None:
                timer.cancel()
        # uvicorn tells the latest request, which may be one that waits behind the one that is answered.
        for cycle in (self._answered, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def give_way(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def _hang_up(self) -> bool:
        """Close the connection amid an answer; False when it is closed already."""
        open_still = not self.transport.is_closing()
        self.transport.abort()
        return open_still

    def pause_writing(self) -> None:
        super().pause_writing()
        # OC-CTRL-2047
        self._stall = self.loop.call_later(self.limits.stall_timeout_ms / 1000, self._stalled)

    def resume_writing(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        super().resume_writing()
        if self.transport.is_closing():
            self._close()

    def _stalled(self) -> None:
        self.log.line(
            "info",
            "connection.stalled",
            cast(dict[str, Any], self.cycle.scope).get(REQUEST_ID) if self.cycle else None,
            reason="the client leaves unread what it asked for",
        )
        self._reset()

    def _reset(self) -> None:
        """Close the connection, and forget what the system still keeps for the client to read."""
        at_once = struct.pack("ii", 1, 0)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._deaf or self._lingering is not None or self._last_words is not None:
            self._raw_body_bytes += len(data)
            if self._raw_body_bytes > LINGER_BYTES:
                self.transport.abort()
            return
        if self._in_head:
            # Empty lines before a request are passed over, and begin none.
            self._raw_head_bytes += len(data if self._raw_head_bytes else data.lstrip(b"\r\n"))
        else:
            self._raw_body_bytes += len(data)
        self._feed(data)
        if self.transport.is_closing() or self._lingering is not None or self._last_words is not None:
            return
        # OC-CTRL-2044: what never ends is held against its limits while it comes.
        if not self._in_head:
            if self._raw_body_bytes > self.limits.discard_bytes:
                self.transport.abort()
        elif self._raw_head_bytes > self.limits.head_bytes + HEADER_OVERHEAD:
            self._refuse(ErrorCode.HEADERS_TOO_LARGE, "The headers are larger than the server takes.")
        elif self._raw_head_bytes and (self._clock is None or self._idle):
            self._start_clock(self.limits.head_timeout_ms)

    def _feed(self, data: bytes) -> None:
        """Parse. A wish to change the protocol is passed over (RFC 9110, 7.8), though the parser stops at it
        and forgets the body. A tunnel is not opened: what comes behind CONNECT is none of ours.
        """
        try:
            while data:
                try:
                    self.parser.feed_data(data)
                except httptools.HttpParserUpgrade as wish:
                    if self.parser.get_method() == b"CONNECT":
                        self.cycle.keep_alive = False
                        self._deaf = True
                        return
                    data = self._head_again() + data[wish.args[0] :]
                else:
                    return
        except httptools.HttpParserError:
            self.garbled()
            self.send_400_response("Invalid HTTP request received.")

    def _head_again(self) -> bytes:
        """The head that was just read, without its wish, for a parser that has not stopped."""
        lines = [
            b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        ]
        lines += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._wishes_upgrade = False
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = self._raw_body_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value) + HEADER_OVERHEAD
        if self._in_head:
            super().on_header(name, value)
        elif self._head_bytes > self.limits.head_bytes:
            # A trailer is no header of the request, and nobody reads it.
            self.transport.abort()

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1"):
            raise httptools.HttpParserError("a version that is not spoken here")
        self._wishes_upgrade = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if self._wishes_upgrade:
            return
        self._stop_clock()
        scope = cast(dict[str, Any], self.scope)
        if self._head_bytes > self.limits.head_bytes:
            scope[HEAD_TOO_LARGE] = True
        scope[HANG_UP] = self._hang_up
        super().on_headers_complete()
        scope[EXCHANGE] = Exchange(self.cycle)
        if version == "1.0":
            end_with_connection(self.cycle)
        self.crowd.works(self)
        self._in_head = False
        self._head_bytes = 0

    def on_message_complete(self) -> None:
        if self._wishes_upgrade:
            return
        super().on_message_complete()
        self._in_head = True
        self._raw_head_bytes = 0

    def on_response_complete(self) -> None:
        # uvicorn's own timer would end with any byte that comes, be it an empty line.
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._close()
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._last_words is not None:
            self._last_words()
        elif not self._in_head:
            # The rest of its body was waited for long enough: what comes now could be held open for ever.
            self._close()
        else:
            self.crowd.waits(self)
            if self._clock is None:
                self._start_clock(self.limits.idle_timeout_ms)
                self._idle = True

    def send_400_response(self, msg: str) -> None:
        self._answer_in_turn(lambda: HttpToolsProtocol.send_400_response(self, msg))

    def _start_clock(self, limit_ms: float) -> None:
        """Begin to count the time for what has to come next."""
        self._stop_clock()
        self._clock = self.loop.call_later(limit_ms / 1000, self._too_late)

    def _stop_clock(self) -> None:
        self._idle = False
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _too_late(self) -> None:
        self._stop_clock()
        if self.transport.is_closing():
            return
        if self._raw_head_bytes:
            self._refuse(ErrorCode.REQUEST_TIMEOUT, "The headers did not arrive in time.")
        else:
            self._close()

    def _close(self) -> None:
        """Close the connection once the client has read what is left for it, or has had the time to."""
        self.transport.close()
        if self._stall is None and self in self.connections:
            self._stall = self.loop.call_later(self.limits.stall_timeout_ms / 1000, self._reset)

    def _answer_in_turn(self, answer: Callable[[], None]) -> None:
        """Give the last answer of the connection, once all requests before it have theirs."""
        self._stop_clock()
        if not self._in_head and not self.pipeline:
            # The fault is in the body of the request that is being answered.
            if self.cycle.response_started:
                self._close()
            else:
                answer()
            return
        if not self._in_head:
            self.pipeline.popleft()
        elif self.cycle is None or self.cycle.response_complete:
            answer()
            return
        self._raw_body_bytes = 0
        self._last_words = answer
        self.flow.resume_reading()

    def _refuse(self, code: ErrorCode, message: str) -> None:
        self._answer_in_turn(lambda: self._refuse_now(code, message))

    def _refuse_now(self, code: ErrorCode, message: str) -> None:
        """Answer a head that is not complete, then read on for a moment so that the answer is not lost in a
        reset.
        """
        request_id = correlation_id(Headers(self.headers or []))
        status, headers, body = error_response(
            TRANSPORT, OrchestratorError(code, message), request_id
        ).render()
        assert isinstance(body, bytes)
        lines = [STATUS_LINE[status]]
        for name, value in [*headers, (HEADER, request_id.encode("ascii")), (b"connection", b"close")]:
            lines += [name, b": ", value, b"\r\n"]
        self.transport.write(b"".join([*lines, b"\r\n", body]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._lingering = self.loop.call_later(LINGER_S, self._close)


def protocol_with(
    limits: ConnectionLimits, crowd: Crowd, log: Log, garbled: Callable[[], None]
) -> type[EdgeProtocol]:
    """The protocol with these parts: uvicorn takes a class and makes an instance for each connection."""
    parts = {"limits": limits, "crowd": crowd, "log": log, "garbled": staticmethod(garbled)}
    return type("LimitedEdgeProtocol", (EdgeProtocol,), parts)
