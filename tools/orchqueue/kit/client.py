"""The kit's HTTP client: synchronous, bounded, and with every exchange on record. It retries nothing."""

import json as json_module
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from orchqueue.kit.clock import now_ms
from orchqueue.kit.connection import Connection
from orchqueue.kit.errors import TransportError, WireTimeout
from orchqueue.kit.exchange import Exchange, HeaderPairs
from orchqueue.kit.patience import PATIENCE_S
from orchqueue.kit.raw import RawConnection, RawReply
from orchqueue.kit.stream import EventStream

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
Recorder = Callable[[Exchange], None]

NOTHING: Any = object()  # tells "no JSON body" from the JSON value null


class Client:
    """Talks to one server with one key (or none). May be used from several threads.

    With `keep_alive` consecutive requests share a connection, else each has its own. `on_exchange` is called
    once for each exchange that got a response, streams at their end; it may be called from a stream's thread,
    one at a time.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = PATIENCE_S,
        keep_alive: bool = False,
        on_exchange: Recorder | None = None,
        headers: Headers = (),
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key
        self.timeout_s = timeout_s
        self.exchanges: list[Exchange] = []
        self._keep_alive = keep_alive
        self._on_exchange = on_exchange
        self._headers = _pairs(headers)
        self._lock = threading.Lock()
        self._idle: Connection | None = None
        self._streams: list[EventStream] = []

    def with_key(self, api_key: str | None) -> "Client":
        """Return a client with another key, or none, for the same server; recorder and `close` are shared."""
        other = Client(
            self.base_url,
            api_key,
            timeout_s=self.timeout_s,
            keep_alive=self._keep_alive,
            on_exchange=self._on_exchange,
            headers=self._headers,
        )
        other._streams = self._streams
        return other

    def get(self, path: str, **options: Any) -> Exchange:
        """Send a GET; options as of `request`."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Exchange:
        """Send a POST; options as of `request`."""
        return self.request("POST", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = NOTHING,
        body: bytes | None = None,
        headers: Headers = (),
        timeout_s: float | None = None,
    ) -> Exchange:
        """Send one request and read the whole answer, all within `timeout_s`.

        `json` is sent as JSON with its content type; `body` as it is, with no content type but what `headers`
        say. A header given here replaces the client's own of that name; `Transfer-Encoding: chunked` sends
        the body so. Raises TransportError when there was no complete response, WireTimeout when it did not
        come in time.
        """
        limit_s = self.timeout_s if timeout_s is None else timeout_s
        deadline = now_ms() + limit_s * 1000.0
        exchange = self._prepare(method, path, json, body, headers)
        connection = self._open(exchange, limit_s)
        try:
            connection.read_head(exchange, _left_s(deadline))
            exchange.body = b"".join(connection.body(_left_s(deadline)))
        except TransportError:
            connection.close()
            raise
        exchange.finished_ms, exchange.complete = now_ms(), True
        self._release(connection)
        self._record(exchange)
        return exchange

    def stream(
        self,
        path: str,
        *,
        method: str = "GET",
        json: Any = NOTHING,
        last_event_id: str | int | None = None,
        headers: Headers = (),
        timeout_s: float | None = None,
        first_id: int | None = NOTHING,
        background: bool = True,
    ) -> EventStream:
        """Open an event stream; return once its response's headers are there.

        In the background a thread drains it, so that arrival times are true while the scenario does other
        things; with `background=False` nothing is read but when asked. `timeout_s` bounds the wait for
        headers and each silence. `first_id`: the id due first, by default 0 or the one after `last_event_id`;
        None leaves ids unjudged.
        """
        limit_s = self.timeout_s if timeout_s is None else timeout_s
        pairs = [("Accept", "text/event-stream"), *_pairs(headers)]
        if last_event_id is not None:
            pairs.append(("Last-Event-ID", str(last_event_id)))
        exchange = self._prepare(method, path, json, None, pairs)
        connection = self._open(exchange, limit_s)
        try:
            connection.read_head(exchange, limit_s)
        except TransportError:
            connection.close()
            raise
        due = _first_id(last_event_id) if first_id is NOTHING else first_id
        stream = EventStream(connection, exchange, due, limit_s, self._record, background=background)
        with self._lock:
            self._streams[:] = [*(other for other in self._streams if other.ended is None), stream]
        return stream

    def raw(self, timeout_s: float | None = None, window_bytes: int | None = None) -> RawConnection:
        """Open a connection for bytes below HTTP; `window_bytes` is about how much may wait to be read."""
        return RawConnection(self.base_url, self.timeout_s if timeout_s is None else timeout_s, window_bytes)

    def send_raw(
        self, data: bytes, *, timeout_s: float | None = None, until_closed: bool = False
    ) -> RawReply:
        """Send bytes as they are; return what came until a complete response, or until the server closed."""
        with self.raw(timeout_s) as connection:
            connection.send(data)
            reply = connection.receive_until_closed() if until_closed else connection.receive_response()
        with suppress(TransportError):  # what is no response cannot be recorded as one
            self._record(reply.exchange(url=self.base_url))
        return reply

    def close(self) -> None:
        """Leave the streams that are still open, and close the idle connection that keep-alive left."""
        with self._lock:
            idle, self._idle = self._idle, None
            streams = list(self._streams)
        for stream in streams:
            stream.close()
        if idle is not None:
            idle.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, method: str, path: str, json: Any, body: bytes | None, headers: Headers) -> Exchange:
        own: HeaderPairs = [("Host", urlsplit(self.base_url).netloc), ("Accept", "*/*")]
        if not self._keep_alive:
            own.append(("Connection", "close"))
        if self.api_key is not None:
            own.append(("X-API-Key", self.api_key))
        if json is not NOTHING:
            body = json_module.dumps(json, ensure_ascii=False).encode()
            own.append(("Content-Type", "application/json"))
        own = _replace(own, self._headers)
        given = _pairs(headers)
        chunked = any(name.lower() == "transfer-encoding" for name, _ in given)
        if body is not None and not chunked:
            own.append(("Content-Length", str(len(body))))
        return Exchange(method, self.base_url + path, _replace(own, given), body or b"", now_ms())

    def _open(self, exchange: Exchange, timeout_s: float) -> Connection:
        with self._lock:
            connection, self._idle = self._idle, None
        if connection is not None and connection.stale:
            connection.close()
            connection = None
        connection = connection or Connection(self.base_url, timeout_s)
        try:
            connection.send(exchange, timeout_s)
        except TransportError:
            connection.close()
            raise
        return connection

    def _release(self, connection: Connection) -> None:
        if self._keep_alive and connection.reuse():
            with self._lock:
                if self._idle is None:
                    self._idle = connection
                    return
        connection.close()

    def _record(self, exchange: Exchange) -> None:
        with self._lock:
            self.exchanges.append(exchange)
            if self._on_exchange is not None:
                self._on_exchange(exchange)


def _pairs(headers: Headers) -> HeaderPairs:
    return list(headers.items()) if isinstance(headers, Mapping) else list(headers)


def _replace(own: HeaderPairs, given: HeaderPairs) -> HeaderPairs:
    names = {name.lower() for name, _ in given}
    return [pair for pair in own if pair[0].lower() not in names] + given


def _first_id(last_event_id: str | int | None) -> int | None:
    """Return the id due after `last_event_id`; None when that is malformed and the server must refuse it."""
    if last_event_id is None:
        return 0
    text = str(last_event_id)
    return int(text) + 1 if text.isascii() and text.isdigit() else None


def _left_s(deadline_ms: float) -> float:
    left_ms = deadline_ms - now_ms()
    if left_ms <= 0:
        raise WireTimeout("no complete answer in time")
    return left_ms / 1000.0
