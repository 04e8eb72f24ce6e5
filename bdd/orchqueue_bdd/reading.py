"""A stream as a forgiving reader takes it, so that a fault of its framing fails no other check than that.

Keeps what the kit's strict reader gives up: an event whose blank line is missing, and data that is no JSON
object (it reads as an empty one). Judges nothing; every wait is bounded.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from orchqueue.kit import EventStream, WireTimeout, now_ms
from orchqueue.kit.patience import PATIENCE_S
from orchqueue_contract import load

CLOSING_S = 1.0
# Read from the document, since models of its data take a while to import.
EVENTS: dict[str, Any] = load("events")["events"]
TERMINAL = frozenset(name for name, spec in EVENTS.items() if spec["terminal"])

_LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True)
class Event:
    """One event. `received_ms` is when it was whole, by the kit's clock."""

    id: str | None
    name: str
    data: dict[str, Any]
    received_ms: float

    @property
    def is_terminal(self) -> bool:
        """Whether it ends its stream."""
        return self.name in TERMINAL


def events_so_far(stream: EventStream, after: int = 0) -> list[Event]:
    """Give what has come, but for so many events that came first; once the stream is over, all of it, also
    what the strict reader has left out.
    """
    over = stream.ended in {"complete", "truncated"} and stream.is_event_stream
    strict = [
        Event(each.id, each.event, _object(each.data), each.received_ms)
        for each in stream.events[0 if over else after :]
    ]
    if not over:
        return strict
    times = {event.id: event.received_ms for event in strict}
    return [
        Event(own_id, name, _object(data), times.get(own_id, stream.exchange.finished_ms))
        for own_id, name, data in _blocks(stream.exchange.text)
    ]


def wait_for(stream: EventStream, wanted: Callable[[Event], bool], timeout_s: float = PATIENCE_S) -> Event:
    """Give the first event that is wanted. Raises AssertionError when it does not come."""
    deadline = now_ms() + timeout_s * 1000.0
    seen = 0
    while True:
        over = stream.ended is not None
        new = events_so_far(stream, seen)
        for event in new:
            if wanted(event):
                return event
        seen += len(new)
        assert not over, f"the stream ended ({stream.ended}) without that event; it had {names(stream)}"
        assert now_ms() < deadline, f"that event did not come in {timeout_s:g} s; there are {names(stream)}"
        _await_more(stream, deadline)


def read_to_end(stream: EventStream, timeout_s: float = PATIENCE_S) -> list[Event]:
    """Give all events up to the terminal one, or to the close of a stream that has none.

    Raises AssertionError when neither comes.
    """
    deadline = now_ms() + timeout_s * 1000.0
    seen = 0
    while stream.ended is None:
        new = events_so_far(stream, seen)
        if any(event.is_terminal for event in new):
            break
        seen += len(new)
        assert now_ms() < deadline, f"the stream did not end in {timeout_s:g} s; it has {names(stream)}"
        _await_more(stream, deadline)
    # Whether it closes by itself is a check of its own; here it is only given the time to.
    closes_by(stream, CLOSING_S)
    return events_so_far(stream)


def closes_by(stream: EventStream, timeout_s: float) -> bool:
    """Say whether the server ends the stream within that time."""
    deadline = now_ms() + timeout_s * 1000.0
    while stream.ended is None and now_ms() < deadline:
        _await_more(stream, deadline)
    return stream.ended is not None


def names(stream: EventStream) -> str:
    """Give the names of the events so far, for messages."""
    return ", ".join(event.name for event in events_so_far(stream)) or "no event"


def _await_more(stream: EventStream, deadline_ms: float) -> None:
    try:
        stream.next_event(max(0.001, (deadline_ms - now_ms()) / 1000.0))
    except WireTimeout:
        return


def _blocks(text: str) -> Iterator[tuple[str | None, str, str]]:
    """Split a body into events. A field that comes again begins the next event, blank line or not."""
    fields: dict[str, str] = {}
    for line in [*_LINE_END.split(text), ""]:
        name, colon, value = line.partition(":")
        if not line or name in fields:
            if "data" in fields:
                yield fields.get("id"), fields.get("event", "message"), fields["data"]
            fields = {}
        if colon and name:
            fields[name] = value.removeprefix(" ")


def _object(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
