"""One HTTP/1.1 connection.

H11 over a socket, every wait bounded. Knows requests and bodies, nothing of their meaning.
"""

import select
import socket
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import h11

from orchqueue.kit.clock import now_ms
from orchqueue.kit.errors import TransportError, WireTimeout
from orchqueue.kit.exchange import Exchange, header_pairs

# Servers under test may answer with headers larger than h11's own bound; that is theirs to be judged for, not
# ours.
_MAX_HEAD_BYTES = 1 << 20
_MAX_BODY_BYTES = 64 << 20  # no answer of the contract comes near it; an endless one would fill the memory
_TOO_LARGE = 431
_RECEIVE_BYTES = 65536
_NETWORK_SEGMENT = 1220  # bytes; what IPv6 leaves of the least packet that every network takes


def open_socket(base_url: str, timeout_s: float, window_bytes: int | None = None) -> socket.socket:
    """Return a connected socket to the URL's host and port, with a receive buffer of about that size where it
    is given; raises TransportError, WireTimeout.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "http" or not parts.hostname:
        raise TransportError(f"{base_url!r} is not an http:// URL with a host")
    address = (parts.hostname, parts.port or 80)
    try:
        if window_bytes is None:
            sock = socket.create_connection(address, timeout=timeout_s)
        else:
            sock = _connected(address, timeout_s, window_bytes)
    except TimeoutError as error:
        raise WireTimeout(f"no connection to {base_url} within {timeout_s:g} s") from error
    except OSError as error:
        raise TransportError(f"no connection to {base_url}: {error}") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _connected(address: tuple[str, int], timeout_s: float, window_bytes: int) -> socket.socket:
    family, kind, proto, _, target = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0]
    sock = socket.socket(family, kind, proto)
    try:
        # What is told to the peer follows from it, so it has to be set before there is a connection.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
        # As over a network: the segments of loopback are so large that the peer's system would take in
        # megabytes that it has not been asked to, whatever the peer itself does.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _NETWORK_SEGMENT)
        sock.settimeout(timeout_s)
        sock.connect(target)
    except OSError:
        sock.close()
        raise
    return sock


class Connection:
    """A connection for one exchange at a time.

    Not thread-safe, but `shutdown` may be called from another thread.
    """

    def __init__(self, base_url: str, timeout_s: float) -> None:
        self.base_url = base_url
        self._socket = open_socket(base_url, timeout_s)
        self._ended = False
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)

    def send(self, exchange: Exchange, timeout_s: float) -> None:
        """Send the request of `exchange`.

        A peer that stops reading is not an error: it may have answered already.
        """
        target = urlsplit(exchange.url)
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in exchange.request_headers
        ]
        self._socket.settimeout(timeout_s)
        try:
            data = self._http.send(h11.Request(method=exchange.method, target=path, headers=headers)) or b""
            if exchange.request_body:
                data += self._http.send(h11.Data(data=exchange.request_body)) or b""
            data += self._http.send(h11.EndOfMessage()) or b""
        except h11.LocalProtocolError as error:
            raise TransportError(f"this cannot be sent as HTTP: {error}; use the raw connection") from error
        self._write(data)

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except TimeoutError as error:
            raise WireTimeout("the server did not take the request in time") from error
        except (BrokenPipeError, ConnectionResetError):
            # An early answer to a large body closes our sending side; the answer itself is still to be read.
            return

    def read_head(self, exchange: Exchange, timeout_s: float) -> None:
        """Fill in status and headers of the final response; raises TransportError, WireTimeout."""
        deadline = now_ms() + timeout_s * 1000.0
        while True:
            event = self._next_event(deadline)
            if isinstance(event, h11.Response):
                exchange.status = event.status_code
                exchange.reason = bytes(event.reason).decode("latin-1")
                exchange.headers = header_pairs(event.headers.raw_items())
                exchange.headers_ms = now_ms()
                return
            if not isinstance(event, h11.InformationalResponse):
                raise TransportError(f"{exchange.method} {exchange.url}: closed without a response")

    def read_data(self, timeout_s: float) -> bytes | None:
        """Return the next bytes of the body, None at its end.

        Raises WireTimeout, TransportError when it is cut.
        """
        event = self._next_event(now_ms() + timeout_s * 1000.0)
        if isinstance(event, h11.Data):
            return bytes(event.data)
        if isinstance(event, h11.EndOfMessage):
            return None
        raise TransportError("the connection closed before the end of the body")

    def body(self, timeout_s: float) -> Iterator[bytes]:
        """Yield the body until its end, all of it within `timeout_s`; TransportError for an endless one."""
        deadline, size = now_ms() + timeout_s * 1000.0, 0
        while (data := self.read_data(max(0.0, deadline - now_ms()) / 1000.0)) is not None:
            size += len(data)
            if size > _MAX_BODY_BYTES:
                raise TransportError(f"the answer goes on beyond {_MAX_BODY_BYTES} bytes")
            yield data

    def _next_event(self, deadline_ms: float) -> Any:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                if error.error_status_hint == _TOO_LARGE:
                    raise TransportError(f"its headers go on beyond {_MAX_HEAD_BYTES} bytes") from error
                what = (
                    "the connection closed before the response was complete"
                    if self._ended
                    else "not HTTP/1.1"
                )
                raise TransportError(f"{what}: {error}") from error
            if event is not h11.NEED_DATA:
                return event
            self._http.receive_data(self._receive(deadline_ms))

    def _receive(self, deadline_ms: float) -> bytes:
        left_s = (deadline_ms - now_ms()) / 1000.0
        if left_s <= 0:
            raise WireTimeout("no answer in time")
        self._socket.settimeout(left_s)
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except TimeoutError as error:
            raise WireTimeout("no answer in time") from error
        except OSError as error:
            raise TransportError(f"the connection was lost: {error}") from error
        self._ended = not data
        return data

    def reuse(self) -> bool:
        """Make the connection ready for the next exchange; False when it has to be closed instead."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    @property
    def stale(self) -> bool:
        """Whether an idle connection has been closed by the peer, or says what nobody asked for."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def shutdown(self, *, reset: bool = False) -> None:
        """Wake whoever reads from this connection, who then closes it; with `reset` the peer sees a reset."""
        try:
            if reset:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # Reading stops either way; only a polite end tells the peer before the socket is closed.
            self._socket.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
        except OSError:
            return  # the peer was faster

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
