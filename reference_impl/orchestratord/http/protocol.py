"""uvicorn's HTTP protocol with limits where the parser has none: size of the head, time for it, and body
that nobody reads.

What passes these limits is judged by the edge; what the parser cannot read at all is answered here with a
bare 400.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from orchestratord.core.errors import OrchestratorError
from orchestratord.http.context import HEAD_TOO_LARGE
from orchestratord.http.correlation import HEADER, correlation_id
from orchestratord.http.rendering import error_response
from orchqueue_contract.errors import ErrorCode
from orchqueue_contract.routes import TRANSPORT

LINGER_S = 1.0
LINGER_BYTES = 1024 * 1024
HEADER_OVERHEAD = 4  # the colon, a space and the end of the line


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """How large the head of a request may be in bytes, how long it may take in milliseconds, and what is
    read of a body that nobody wants.
    """

    head_bytes: int
    head_timeout_ms: float
    discard_bytes: int


class EdgeProtocol(HttpToolsProtocol):
    """One connection. `limits` is set by a subclass that `with_limits` makes."""

    limits = HeadLimits(16_384, 10_000, 16 * 1024 * 1024)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._head_bytes = 0
        self._raw_head_bytes = 0
        self._body_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._lingering: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._arm_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm_head_timer()
        if self._lingering is not None:
            self._lingering.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._lingering is not None:
            self._body_bytes += len(data)
            if self._body_bytes > LINGER_BYTES:
                self.transport.abort()
            return
        if self._in_head:
            self._raw_head_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self._lingering is not None or not self._in_head:
            return
        # OC-CTRL-2044: a head that never ends is held against its limits while it comes.
        if self._raw_head_bytes > self.limits.head_bytes + HEADER_OVERHEAD:
            self._refuse(ErrorCode.HEADERS_TOO_LARGE, "The headers are larger than the server takes.")
        elif self._raw_head_bytes and self._head_timer is None:
            self._arm_head_timer()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value) + HEADER_OVERHEAD
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._disarm_head_timer()
        self._in_head = False
        if self._head_bytes > self.limits.head_bytes:
            cast(dict[str, Any], self.scope)[HEAD_TOO_LARGE] = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > self.limits.discard_bytes:
            self.transport.abort()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True
        self._raw_head_bytes = 0

    def _arm_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self.limits.head_timeout_ms / 1000, self._head_timed_out)

    def _disarm_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_timed_out(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        if self._raw_head_bytes:
            self._refuse(ErrorCode.REQUEST_TIMEOUT, "The headers did not arrive in time.")
        else:
            self.transport.close()

    def _refuse(self, code: ErrorCode, message: str) -> None:
        """Answer a head that is not complete, then read on for a moment so that the answer is not lost in a
        reset.
        """
        self._disarm_head_timer()
        request_id = correlation_id(self.headers or [])
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
        self._lingering = self.loop.call_later(LINGER_S, self.transport.close)


def with_limits(limits: HeadLimits) -> type[EdgeProtocol]:
    """The protocol with these limits: uvicorn takes a class and makes an instance for each connection."""
    return type("LimitedEdgeProtocol", (EdgeProtocol,), {"limits": limits})
