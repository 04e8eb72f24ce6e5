"""Readers of a task's events: what is kept first, then what comes, with comments over silence, until the
terminal event.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeAlias

from orchestratord.core.errors import Detail, OrchestratorError
from orchestratord.service.job import Job
from orchqueue_contract.errors import ErrorCode, PolicyLabel

COMMENT = b": keep-alive\n\n"
LIMIT_ADVICE_MS = 1_000

Push: TypeAlias = Callable[[bytes], bool]
"""Sends a piece at once; False, and it is not sent, where that cannot be."""


class OpenStreams:
    """Counts the streams that each key holds open, and all of them.

    A reader is given about `piece_bytes` at a time. `gone` is told of each reader that goes, and whether it
    has read to the end.
    """

    def __init__(
        self, per_key: int, keepalive_ms: float, piece_bytes: int, gone: Callable[[Job, bool], None]
    ) -> None:
        self._per_key = per_key
        self._piece_bytes = piece_bytes
        self._keepalive_s = keepalive_ms / 1000
        self._gone = gone
        self._open: dict[str, int] = {}

    def renew(self, per_key: int, keepalive_ms: float) -> None:
        """Let a key hold so many streams open from now on; new ones are kept alive so."""
        self._per_key, self._keepalive_s = per_key, keepalive_ms / 1000

    @property
    def count(self) -> int:
        """How many streams are open."""
        return sum(self._open.values())

    def open(self, job: Job, start: int, key_id: str, push: Push | None = None) -> "EventStream":
        """A stream of the task's events from an id on.

        Raises QUOTA_EXCEEDED when the key holds all that it may.

        The stream has to be closed, read or not.
        """
        # OC-CTRL-2044
        if self._open.get(key_id, 0) >= self._per_key:
            message = f"This key holds {self._per_key} streams open, which is all that it may."
            raise OrchestratorError(
                ErrorCode.QUOTA_EXCEEDED,
                message,
                retry_after_ms=LIMIT_ADVICE_MS,
                policy_label=PolicyLabel.QUOTA,
                details=(Detail(message, name="streams_per_key"),),
            )
        self._open[key_id] = self._open.get(key_id, 0) + 1
        job.readers += 1
        return EventStream(
            job,
            start,
            self._keepalive_s,
            self._piece_bytes,
            lambda stream: self._closed(stream, key_id),
            push=push,
        )

    def _closed(self, stream: "EventStream", key_id: str) -> None:
        self._open[key_id] -= 1
        if not self._open[key_id]:
            del self._open[key_id]
        stream.job.readers -= 1
        self._gone(stream.job, stream.complete)


class EventStream(AsyncIterator[bytes]):
    """One reader: pieces of bytes, each of whole events or one comment. What comes while it waits for the
    next is given to `push` as long as that takes it, which spares the event loop a turn for each token.
    Closing twice does nothing.
    """

    def __init__(
        self,
        job: Job,
        start: int,
        keepalive_s: float,
        piece_bytes: int,
        closed: Callable[["EventStream"], None],
        *,
        push: Push | None,
    ) -> None:
        self.job = job
        self.complete = False
        self._next = self._held = start
        self._heard_s = 0.0
        self._push = push
        self._keepalive_s = keepalive_s
        self._piece_bytes = piece_bytes
        self._closed: Callable[[EventStream], None] | None = closed

    def __aiter__(self) -> "EventStream":
        return self

    async def __anext__(self) -> bytes:
        log, loop = self.job.log, asyncio.get_running_loop()
        self._heard_s = loop.time()
        while log.next_id == self._next:
            if log.closed:
                self.complete = True
                self.close()
                raise StopAsyncIteration
            # OC-CTRL-2026
            left_s = self._heard_s + self._keepalive_s - loop.time()
            if left_s <= 0:
                return COMMENT
            self._held = self._next
            log.hold(self._held)
            try:
                if await self.job.bell.wait(left_s, self._pass_on) and log.next_id > self._next:
                    return self._take()
            finally:
                log.release(self._held)
        return self._take()

    def _pass_on(self) -> bool:
        """Push what has come; False where the reader has to come for it, as for the end."""
        log, push = self.job.log, self._push
        if push is None or log.closed or self._next < log.first_id:
            return False
        while self._next < log.next_id:
            frames, following = log.since(self._next, self._piece_bytes)
            if not push(frames):
                return False
            self._next = following
        self._heard_s = asyncio.get_running_loop().time()
        log.hold(self._next)
        log.release(self._held)
        self._held = self._next
        return True

    def _take(self) -> bytes:
        """The next events, no more than fill a piece: what a reader does not read stays in the log.

        Raises EVENTS_GONE when they were trimmed: the reader is cut off rather than told a stream with a gap.
        """
        # OC-CTRL-2018, OC-CTRL-2019
        log = self.job.log
        frames, self._next = log.since(self._next, self._piece_bytes)
        self.complete = log.closed and self._next == log.next_id
        return frames

    def close(self) -> None:
        """Count the reader out."""
        closed, self._closed = self._closed, None
        if closed is not None:
            closed(self)

    async def aclose(self) -> None:
        """Count the reader out; nothing is waited for."""
        self.close()
