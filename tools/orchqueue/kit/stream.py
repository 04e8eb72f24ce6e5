"""An open event stream: events as they arrive, each with its time, while the scenario does other things.

Keeps: reading from the connection (in the background or only when asked), waiting with a bound, and how it
ended. Leaves out: framing (`sse`), HTTP (`connection`), what events mean.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from orchqueue.kit.clock import now_ms
from orchqueue.kit.connection import Connection
from orchqueue.kit.errors import StreamEnded, TransportError, WireTimeout
from orchqueue.kit.exchange import Exchange
from orchqueue.sse import SseComment, SseEvent, SseFinding, SseReader


@dataclass(frozen=True)
class Chunk:
    """Bytes that arrived together: their number and when."""

    size: int
    received_ms: float


class EventStream:
    """A response that is read while it grows. Iterate over it, or wait for an event; every wait is bounded.

    `ended` is None while open, then `complete`, `truncated` (cut by the server), `idle` (silent for longer
    than allowed) or `closed` (by us). A response that is no event stream is read whole into `exchange` and
    has no events.
    """

    def __init__(
        self,
        connection: Connection,
        exchange: Exchange,
        first_id: int | None,
        timeout_s: float,
        on_end: Callable[[Exchange], None],
        *,
        background: bool,
    ) -> None:
        self.exchange = exchange
        self.chunks: list[Chunk] = []
        self.ended: str | None = None
        self._reader = SseReader(first_id)
        self._connection = connection
        self._timeout_s = timeout_s
        self._on_end = on_end
        self._body = bytearray()
        self._cursor = 0
        self._changed = threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None
        if not self.is_event_stream:
            self._drain()
        elif background:
            self._thread = threading.Thread(target=self._drain, name=f"stream {exchange.url}", daemon=True)
            self._thread.start()

    @property
    def is_event_stream(self) -> bool:
        """Whether the answer was 200 with the media type of event streams."""
        media = (self.exchange.header("content-type") or "").partition(";")[0].strip().lower()
        return self.exchange.status == 200 and media == "text/event-stream"

    @property
    def status(self) -> int:
        """The response's status."""
        return self.exchange.status

    def header(self, name: str) -> str | None:
        """Return the first value of the response header, None when it is not there."""
        return self.exchange.header(name)

    @property
    def events(self) -> list[SseEvent]:
        """All events so far, whether iterated over or not."""
        return list(self._reader.events)

    @property
    def comments(self) -> list[SseComment]:
        """All comments so far."""
        return list(self._reader.comments)

    @property
    def findings(self) -> list[SseFinding]:
        """What the strict reader objected to so far; complete once `ended` is set."""
        return list(self._reader.findings)

    def __iter__(self) -> Iterator[SseEvent]:
        while (event := self.next_event(self._timeout_s)) is not None:
            yield event

    def __enter__(self) -> "EventStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next_event(self, timeout_s: float) -> SseEvent | None:
        """Return the next event that was not yet returned, None once the stream has ended.

        Raises WireTimeout.
        """
        return self._next(now_ms() + timeout_s * 1000.0)

    def read_until(self, wanted: Callable[[SseEvent], bool], timeout_s: float | None = None) -> SseEvent:
        """Return the next event that is wanted; raises WireTimeout, or StreamEnded when none came."""
        deadline = self._deadline(timeout_s)
        while (event := self._next(deadline)) is not None:
            if wanted(event):
                return event
        seen = ", ".join(event.event for event in self.events) or "none"
        raise StreamEnded(
            f"the stream ended ({self.ended}) before the event that was waited for; events: {seen}"
        )

    def read_event(self, name: str, timeout_s: float | None = None) -> SseEvent:
        """Return the next event of that name; raises as `read_until`."""
        return self.read_until(lambda event: event.event == name, timeout_s)

    def read_all(self, timeout_s: float | None = None) -> list[SseEvent]:
        """Read to the end and return all events from the first on; raises WireTimeout."""
        deadline = self._deadline(timeout_s)
        while self._next(deadline) is not None:
            pass
        return self.events

    def close(self, *, reset: bool = False) -> None:
        """Leave it, as a client that goes away does; with `reset` not even politely. Safe to repeat."""
        with self._changed:
            if self.ended is None:
                self._finish("closed")
        self._connection.shutdown(reset=reset)
        if self._thread is None:
            self._connection.close()
        elif self._thread is not threading.current_thread():
            self._thread.join(self._timeout_s)

    def _deadline(self, timeout_s: float | None) -> float:
        return now_ms() + (self._timeout_s if timeout_s is None else timeout_s) * 1000.0

    def _next(self, deadline_ms: float) -> SseEvent | None:
        with self._changed:
            while self._cursor >= len(self._reader.events):
                if self.ended is not None:
                    return None
                left_s = (deadline_ms - now_ms()) / 1000.0
                if left_s <= 0:
                    names = [event.event for event in self._reader.events]
                    raise WireTimeout(f"no further event in time; so far {len(names)}: {names[-5:]}")
                if self._thread is None:
                    self._pump(left_s)
                else:
                    self._changed.wait(left_s)
            self._cursor += 1
            return self._reader.events[self._cursor - 1]

    def _pump(self, timeout_s: float) -> None:
        """Read once, for whoever asked; silence within `timeout_s` leaves the stream open."""
        try:
            data = self._connection.read_data(timeout_s)
        except WireTimeout:
            return
        except TransportError:
            self._finish("truncated")
        else:
            self._take(data)
        if self.ended is not None:
            self._connection.close()

    def _drain(self) -> None:
        """Read until the end, in the background."""
        while self.ended is None:
            try:
                data, fault = self._connection.read_data(self._timeout_s), None
            except WireTimeout:
                data, fault = None, "idle"
            except TransportError:
                data, fault = None, "truncated"
            with self._changed:
                if self.ended is None:
                    if fault is None:
                        self._take(data)
                    else:
                        self._finish(fault)
                self._changed.notify_all()
        self._connection.close()

    def _take(self, data: bytes | None) -> None:
        if data is None:
            self.exchange.complete = True
            self._finish("complete")
            return
        received_ms = now_ms()
        self.chunks.append(Chunk(len(data), received_ms))
        self._body += data
        if self.is_event_stream:
            self._reader.feed(data, received_ms)

    def _finish(self, how: str) -> None:
        self.exchange.finished_ms = now_ms()
        self.exchange.body = bytes(self._body)
        if how in {"complete", "truncated"}:
            # Only the server's own ending can be judged: what we left is unfinished by our doing.
            self._reader.close(self.exchange.finished_ms)
        self.ended = how
        self._changed.notify_all()
        self._on_end(self.exchange)
