"""One completion over a stream: what is sent, chunks as they come, and an end that frees connection and slot.

Connections are the link's, formats the parsers'.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from orchestratord.adapters.base import Chunk, Generation, Others
from orchestratord.adapters.connection import Answer
from orchestratord.adapters.link import MAX_ERROR_BYTES, EngineLink, bounded
from orchestratord.adapters.parsing import StreamParser
from orchestratord.core.engine_failures import EngineFailure

IDLE_POLL_FIRST_S = 0.002
IDLE_POLL_LONGEST_S = 0.05
# What an engine says after its last item is its farewell, for which the connection is kept, but not for long.
FAREWELL_S = 0.2
FAREWELL_BYTES = 64 * 1024

Refuse: TypeAlias = Callable[[int, str, bytes], EngineFailure]
"""What an answer that is not 200 means, by its status, content type and body."""
IdleCheck: TypeAlias = Callable[[], Awaitable[bool | None]]
"""Whether the engine shows the slot idle; None when it cannot tell."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is sent for one completion, and how the answer is read; `keep` says whether the engine keeps the
    connection after it.
    """

    path: str
    body: dict[str, Any]
    parser: StreamParser
    refuse: Refuse
    keep: bool = True


class StreamedGeneration(Generation):
    """One POST whose answer is a stream. `idle` is asked with the number of other requests at the engine."""

    def __init__(
        self, link: EngineLink, exchange: Exchange, idle: Callable[[int], Awaitable[bool | None]]
    ) -> None:
        self._link = link
        self._exchange = exchange
        self._idle = idle
        self._begun: Answer | None = None

    def begin(self) -> Callable[[], None] | None:
        exchange = self._exchange
        self._begun = self._link.begin(exchange.path, exchange.body, keep=exchange.keep)
        return None if self._begun is None else self._begun.close

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        exchange = self._exchange
        parser, begun, self._begun = exchange.parser, self._begun, None
        async with self._link.post(exchange.path, exchange.body, keep=exchange.keep, begun=begun) as answer:
            if answer.status != 200:
                raise exchange.refuse(
                    answer.status, answer.media_type, await bounded(answer, MAX_ERROR_BYTES)
                )
            async for data in answer:
                for chunk in parser.feed(data):
                    yield chunk
                    if chunk.finished:
                        if chunk.finished.at_rest:
                            await _hear_out(answer)
                        return
            last = parser.end()
            if last is not None:
                yield last

    async def wait_idle(self, others: Others) -> bool:
        return await until_idle(lambda: self._idle(others()))


async def until_idle(check: IdleCheck) -> bool:
    """Ask again, ever less often, until the engine shows the slot idle; False when it cannot tell."""
    pause = IDLE_POLL_FIRST_S
    while True:
        idle = await check()
        if idle is not False:
            return idle is True
        await asyncio.sleep(pause)
        pause = min(2 * pause, IDLE_POLL_LONGEST_S)


async def _hear_out(answer: Answer) -> None:
    """Read what follows the last item, so that the connection can serve the next request."""
    heard = 0
    try:
        async with asyncio.timeout(FAREWELL_S):
            async for data in answer:
                heard += len(data)
                if heard > FAREWELL_BYTES:
                    return
    except OSError:
        return  # TimeoutError is an OSError; all of it is said, and the connection just goes
