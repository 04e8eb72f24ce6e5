"""The built-in engine: paced text drawn from the seed, real slots, and faults by configuration.

It opens no connection.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from random import Random
from typing import Literal

from orchestratord.adapters.base import Chunk, EngineAdapter, Finished, GenerateRequest, Generation
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.guards import estimated_tokens
from orchestratord.core.worker_states import EngineFacts

VERSION = "mock-1"
WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "harbor",
    "island",
    "juniper",
    "kelp",
    "lagoon",
)

FaultKind = Literal["stall", "cut", "malformed", "error", "busy", "not-ready"]

_AT_ONCE: dict[FaultKind, tuple[FailureKind, str]] = {
    "busy": (FailureKind.BUSY, "the engine has no free slot"),
    "not-ready": (FailureKind.NOT_READY, "the engine is loading its model"),
}
_IN_STREAM: dict[FaultKind, tuple[FailureKind, str]] = {
    "cut": (FailureKind.BROKEN, "the connection to the engine broke"),
    "malformed": (FailureKind.MALFORMED, "the engine sent an item that is not the expected JSON"),
    "error": (FailureKind.STREAM_ERROR, "the engine reported an error inside the stream"),
}


@dataclass(frozen=True, slots=True)
class MockFault:
    """What goes wrong with one request, and after how many tokens."""

    kind: FaultKind
    after_tokens: int = 0


@dataclass(frozen=True, slots=True)
class MockBehaviour:
    """Slots, pace in milliseconds a token, context and token limit, and the faults of the first requests in
    order.
    """

    slots: int = 4
    ms_per_token: float = 5.0
    ctx: int = 8192
    limit: int = 4096
    faults: tuple[MockFault, ...] = ()


class MockAdapter(EngineAdapter):
    """An engine within the server's own process."""

    def __init__(self, behaviour: MockBehaviour) -> None:
        self.behaviour = behaviour
        self.max_tokens = behaviour.limit
        self.busy = 0
        self._faults = list(reversed(behaviour.faults))

    async def probe(self) -> EngineFacts:
        return EngineFacts(version=VERSION, slots=self.behaviour.slots, ctx=self.behaviour.ctx)

    def generation(self, request: GenerateRequest) -> Generation:
        return _MockGeneration(self, request, self._faults.pop() if self._faults else None)

    async def count_tokens(self, text: str) -> int | None:
        return estimated_tokens(len(text.encode()))

    async def close(self) -> None:
        """There is nothing to give up."""


class _MockGeneration(Generation):
    def __init__(self, engine: MockAdapter, request: GenerateRequest, fault: MockFault | None) -> None:
        self._engine = engine
        self._request = request
        self._fault = fault

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        engine = self._engine
        if self._fault is not None and self._fault.kind in _AT_ONCE:
            raise EngineFailure(*_AT_ONCE[self._fault.kind])
        if engine.busy >= engine.behaviour.slots:
            raise EngineFailure(*_AT_ONCE["busy"])
        engine.busy += 1
        try:
            async with aclosing(self._paced()) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            engine.busy -= 1

    async def wait_idle(self, others: int) -> bool:
        return True

    async def _paced(self) -> AsyncGenerator[Chunk, None]:
        words = Random(self._request.seed)  # noqa: S311 - text that repeats with the seed, no secret
        loop = asyncio.get_running_loop()
        begun = loop.time()
        pace = self._engine.behaviour.ms_per_token / 1000
        limit = self._request.max_tokens
        for number in range(1, limit + 1):
            await self._misbehave(number - 1)
            await asyncio.sleep(begun + number * pace - loop.time())
            finished = None
            if number == limit:
                tokens_in = estimated_tokens(len(self._request.prompt.encode()))
                finished = Finished("length", tokens_out=limit, tokens_in=tokens_in)
            yield Chunk((words.choice(WORDS) + " ",), number, finished)

    async def _misbehave(self, tokens_sent: int) -> None:
        fault = self._fault
        if fault is None or fault.after_tokens != tokens_sent:
            return
        if fault.kind == "stall":
            await asyncio.get_running_loop().create_future()
        if fault.kind == "error" and tokens_sent == 0:
            raise EngineFailure(FailureKind.FAULT, "the engine answered with status 500")
        if fault.kind in _IN_STREAM:
            raise EngineFailure(*_IN_STREAM[fault.kind])
