"""The body of a request on its way in: read within its limits, or read and thrown away.

What that means is the edge's to say.
"""

import asyncio
from dataclasses import dataclass
from math import inf

from orchestratord.http.exchange import Exchange
from orchestratord.http.typing import Message, Receive


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large a body may be in bytes, and how long the next part of one, and all of it, may take in
    milliseconds.
    """

    body_bytes: int
    part_timeout_ms: float
    whole_timeout_ms: float


class BodyFault(Exception):  # noqa: N818 - the client's fault, which is no error of the server
    """A body that cannot be had."""


class TooLarge(BodyFault):
    """It is larger than the limit."""


class TooLate(BodyFault):
    """Its next part, or its end, did not come in time."""


class Gone(BodyFault):
    """The client left before it was complete."""


class Incoming:
    """The body of one request. `complete` tells whether all of it has been read."""

    __slots__ = ("_exchange", "_kept", "_limits", "_receive", "complete")

    def __init__(self, receive: Receive, limits: BodyLimits, exchange: Exchange | None) -> None:
        self._receive = receive
        self._exchange = exchange
        self._limits = limits
        self._kept: bytes | None = None
        self.complete = False

    async def read(self, *, keep: bool) -> None:
        """Read all of it, and keep it for the application or only count it. Raises BodyFault."""
        whole = None if self._exchange is None else self._exchange.body()
        if whole is not None:
            self.complete = True
            if len(whole) > self._limits.body_bytes:
                raise TooLarge
            self._kept = whole if keep else None
            return
        # OC-CTRL-2044: a body that trickles in is never late with its next part.
        until_s = asyncio.get_running_loop().time() + self._limits.whole_timeout_ms / 1000
        body, size = bytearray(), 0
        while not self.complete:
            part = await self._part(until_s)
            size += len(part)
            if size > self._limits.body_bytes:
                raise TooLarge
            if keep:
                body += part
        self._kept = bytes(body) if keep else None

    async def throw_away(self) -> None:
        """Read on so that an answer that was given early is not lost in a reset; for a bounded time, and
        never in vain.

        How much is thrown away at most is bounded by the protocol.
        """
        try:
            async with asyncio.timeout(self._limits.part_timeout_ms / 1000):
                while not self.complete:
                    await self._part()
        except (TimeoutError, BodyFault):
            return

    async def receive(self) -> Message:
        """What the application gets: the body that was kept, whole, then whatever comes, so that a leaving
        client is noticed.
        """
        kept, self._kept = self._kept, None
        if kept is None:
            return await self._receive()
        return {"type": "http.request", "body": kept, "more_body": False}

    async def _part(self, until_s: float = inf) -> bytes:
        due_s = asyncio.get_running_loop().time() + self._limits.part_timeout_ms / 1000
        try:
            async with asyncio.timeout_at(min(due_s, until_s)):
                message = await self._receive()
        except TimeoutError:
            raise TooLate from None
        if message["type"] == "http.disconnect":
            raise Gone
        self.complete = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part
