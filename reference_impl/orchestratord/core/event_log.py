"""The events of one task as the bytes that readers get, and where a reader may begin.

It neither waits nor wakes anyone.
"""

import re
from math import inf

from orchestratord.core.errors import Detail, OrchestratorError
from orchqueue_contract.errors import ErrorCode

_EVENT_ID = re.compile(r"(?:0|[1-9][0-9]{0,14})\Z")


class EventLog:
    """Frames with contiguous ids from 0. After a terminal one nothing can be added, and after the log was
    sealed nothing but a terminal one.

    `max_bytes` bounds what is kept: the earliest frames go first, the latest always stays. What a reader
    waits for is kept until it has looked, so that a burst larger than the bound reaches who keeps up.
    """

    __slots__ = ("_awaited", "_bytes", "_first", "_frames", "_max_bytes", "_sealed", "closed")

    def __init__(self, max_bytes: int) -> None:
        self._frames: list[bytes] = []
        self._first = 0
        self._bytes = 0
        self._max_bytes = max_bytes
        self._awaited: list[int] = []
        self._sealed = False
        self.closed = False

    @property
    def first_id(self) -> int:
        """The id of the earliest event that is kept."""
        return self._first

    @property
    def next_id(self) -> int:
        """The id that the next event will get."""
        return self._first + len(self._frames)

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._bytes

    def append(self, event: str, data: bytes, *, terminal: bool = False) -> int:
        """Add an event with its one line of JSON; answers its id.

        Raises ValueError after the terminal one, and once nothing but that may follow.
        """
        # OC-CTRL-2024: exactly one terminal event, and nothing after it.
        if self.closed or (self._sealed and not terminal):
            raise ValueError("the terminal event has been written, or is all that may follow")
        event_id = self._first + len(self._frames)
        frame = b"id: %d\nevent: %s\ndata: %s\n\n" % (event_id, event.encode(), data)
        self._frames.append(frame)
        self._bytes += len(frame)
        self.closed = terminal
        if self._bytes > self._max_bytes:
            self._trim()
        return event_id

    def seal(self) -> None:
        """Let nothing follow but the terminal event, whose id is settled thereby."""
        self._sealed = True

    def kept(self) -> list[bytes]:
        """The frames that are kept, from `first_id` on."""
        return self._frames.copy()

    def check(self, event_id: int) -> None:
        """Raises EVENTS_GONE when the event was trimmed."""
        if event_id < self._first:
            raise OrchestratorError(
                ErrorCode.EVENTS_GONE,
                f"Events before {self._first} of this task are no longer kept.",
                details=(Detail("The event after this one was trimmed.", name="Last-Event-ID"),),
            )

    def since(self, event_id: int, enough_bytes: float = inf) -> tuple[bytes, int]:
        """Frames from an id on, joined, until they are enough, and the id of the first one left out.

        Raises EVENTS_GONE when the first of them was trimmed.
        """
        self.check(event_id)
        size, end = 0, event_id - self._first
        while end < len(self._frames) and size < enough_bytes:
            size += len(self._frames[end])
            end += 1
        return b"".join(self._frames[event_id - self._first : end]), self._first + end

    def forget(self) -> None:
        """Keep nothing any more, whoever may still read."""
        self._first, self._bytes = self.next_id, 0
        self._frames.clear()

    def hold(self, event_id: int) -> None:
        """Keep events from an id on, whatever the bound, since a reader waits for them."""
        self._awaited.append(event_id)

    def release(self, event_id: int) -> None:
        """The reader that held has taken what it wants."""
        self._awaited.remove(event_id)
        if self._bytes > self._max_bytes:
            self._trim()

    def _trim(self) -> None:
        droppable = min([len(self._frames) - 1, *(event_id - self._first for event_id in self._awaited)])
        drop = 0
        # Dropping a quarter more at once keeps trimming from moving the whole list for each event.
        while drop < droppable and self._bytes > self._max_bytes * 3 // 4:
            self._bytes -= len(self._frames[drop])
            drop += 1
        del self._frames[:drop]
        self._first += drop


def resume_point(log: EventLog, last_event_id: str | None) -> int | None:
    """The id of the first event that a reader gets; None when it has the terminal one already.

    `last_event_id` is the header as it came. Raises INVALID_PARAMS for a malformed or future id, EVENTS_GONE
    when the next event was trimmed.
    """
    # OC-CTRL-2014
    start = 0
    if last_event_id is not None:
        if not _EVENT_ID.match(last_event_id):
            raise _bad_event_id(
                "Last-Event-ID is the id of one event: a decimal number without sign or leading zero."
            )
        start = int(last_event_id) + 1
        if start > log.next_id:
            raise _bad_event_id("Last-Event-ID names an event that does not exist yet.")
        if log.closed and start == log.next_id:
            return None
    log.check(start)
    return start


def _bad_event_id(message: str) -> OrchestratorError:
    return OrchestratorError(
        ErrorCode.INVALID_PARAMS, message, details=(Detail(message, name="Last-Event-ID"),)
    )
