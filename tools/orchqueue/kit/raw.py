"""Bytes below HTTP: for requests that no HTTP library would send, and answers that need not be HTTP."""

import select
import socket
from collections.abc import Callable
from dataclasses import dataclass

import h11

from orchqueue.kit.clock import now_ms
from orchqueue.kit.connection import open_socket
from orchqueue.kit.errors import TransportError
from orchqueue.kit.exchange import Exchange, header_pairs


@dataclass(frozen=True)
class RawReply:
    """What came back.

    `closed` tells whether the peer ended the connection, `reset` whether it did so by a reset.
    """

    sent: bytes
    data: bytes
    closed: bool
    reset: bool
    started_ms: float
    finished_ms: float

    def exchange(self, method: str = "GET", url: str = "http://raw") -> Exchange:
        """Return the first HTTP response in the data; raises TransportError when there is no complete one.

        `method` decides about the body, since a response to HEAD has none; what was really sent is
        `request_body`.
        """
        exchange = self.begun(method, url)
        if not exchange.complete:
            raise TransportError(f"no complete HTTP response in {self.data[:200]!r}")
        return exchange

    def begun(self, method: str = "GET", url: str = "http://raw") -> Exchange:
        """Return the first HTTP response as far as it has come; its `complete` tells whether that is all."""
        exchange = Exchange(
            method, url, [], self.sent, self.started_ms, finished_ms=self.finished_ms, raw=True
        )
        _parse(exchange, self.data, closed=self.closed)
        return exchange


class RawConnection:
    """A socket to the server: write bytes, read bytes. Use as a context manager.

    `window_bytes` is about how much waits at this end to be read; the system's own default is far more.
    """

    def __init__(self, base_url: str, timeout_s: float, window_bytes: int | None = None) -> None:
        self.base_url = base_url
        self.timeout_s = timeout_s
        self.started_ms = now_ms()
        self._sent = bytearray()
        self._received = bytearray()
        self._socket = open_socket(base_url, timeout_s, window_bytes)

    def __enter__(self) -> "RawConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, data: bytes, *, end: bool = False) -> bool:
        """Send bytes, with `end` no more after them; False when the peer has closed already."""
        self._sent += data
        try:
            self._socket.sendall(data)
            if end:
                self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        return True

    def receive(self, enough: Callable[[bytes], bool], timeout_s: float | None = None) -> RawReply:
        """Read until what has come is enough, the peer closes, or time is up; never raises for silence."""
        deadline = now_ms() + (self.timeout_s if timeout_s is None else timeout_s) * 1000.0
        closed = reset = False
        while not closed and not enough(bytes(self._received)) and (left_ms := deadline - now_ms()) > 0:
            self._socket.settimeout(left_ms / 1000.0)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                break
            except OSError:
                closed = reset = True
            else:
                self._received += data
                closed = not data
        return RawReply(bytes(self._sent), bytes(self._received), closed, reset, self.started_ms, now_ms())

    def receive_response(self, method: str = "GET", timeout_s: float | None = None) -> RawReply:
        """Read until one complete response has come."""
        return self.receive(
            lambda data: _parse(Exchange(method, "", [], b"", 0.0), data, closed=False), timeout_s
        )

    def receive_until_closed(self, timeout_s: float | None = None) -> RawReply:
        """Read until the peer closes."""
        return self.receive(lambda _: False, timeout_s)

    def is_gone(self, timeout_s: float) -> bool:
        """Whether the peer ends the connection within that time. Nothing is read, so answers stay unread."""
        look = select.poll()
        look.register(self._socket, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        return bool(look.poll(timeout_s * 1000.0))

    def send_some(self, data: bytes) -> int:
        """Send as much as the connection takes at once, and return how much; 0 when it takes nothing."""
        self._socket.settimeout(0.0)
        try:
            return self._socket.send(data)
        except OSError:
            return 0
        finally:
            self._socket.settimeout(self.timeout_s)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _parse(exchange: Exchange, data: bytes, *, closed: bool) -> bool:
    """Read the first final response in `data` into `exchange`; tell whether it was complete."""
    http = h11.Connection(h11.CLIENT)
    # h11 reads a response only after a request; what was really sent need not be one.
    http.send(h11.Request(method=exchange.method, target="/", headers=[("Host", "raw")]))
    http.send(h11.EndOfMessage())
    http.receive_data(data)
    if closed:
        http.receive_data(b"")
    try:
        while True:
            event = http.next_event()
            if isinstance(event, h11.Response):
                exchange.status, exchange.reason = event.status_code, bytes(event.reason).decode("latin-1")
                exchange.headers = header_pairs(event.headers.raw_items())
            elif isinstance(event, h11.Data):
                exchange.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                exchange.complete = True
                return True
            elif not isinstance(event, h11.InformationalResponse):
                return False
    except h11.RemoteProtocolError:
        return False
