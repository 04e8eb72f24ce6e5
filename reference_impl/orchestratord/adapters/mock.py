"""The built-in engine: paced text drawn from the seed, vectors drawn from the text, real slots, and faults by
configuration.

It opens no connection.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Literal

from orchestratord.adapters.base import (
    Chunk,
    Embeddings,
    EngineAdapter,
    Finished,
    GenerateRequest,
    Generation,
    Others,
    Ranks,
)
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.guards import estimated_tokens
from orchestratord.core.tasks import Workload
from orchestratord.core.worker_states import EngineFacts

VERSION = "mock-1"
DIMENSIONS = 16
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
    """An engine within the server's own process, which has whatever model it is asked for."""

    workloads: frozenset[Workload] = frozenset({"completion", "embedding", "rerank"})

    def __init__(self, behaviour: MockBehaviour, model: str | None = None) -> None:
        self.behaviour = behaviour
        self.model = model
        self.max_tokens = behaviour.limit
        self.busy = 0
        self._faults = list(reversed(behaviour.faults))

    async def probe(self) -> EngineFacts:
        own = self.behaviour
        return EngineFacts(version=VERSION, slots=own.slots, ctx=own.ctx, model=self.model)

    async def prove(self, others: Others) -> None:
        # Faults are for tasks: one that a proof met would be used up before anybody saw it.
        faults, self._faults = self._faults, []
        try:
            await super().prove(others)
        finally:
            self._faults = faults

    def generation(self, request: GenerateRequest) -> Generation:
        return _MockGeneration(self, request, self.next_fault())

    async def embed(self, inputs: Sequence[str]) -> Embeddings:
        await self._read(inputs)
        return Embeddings([_vector(text) for text in inputs], _tokens(inputs))

    async def rerank(self, query: str, inputs: Sequence[str]) -> Ranks:
        """How alike the vectors of the query and of each text are, from -1 to 1."""
        await self._read(inputs)
        asked = _vector(query)
        scores = [math.fsum(a * b for a, b in zip(asked, _vector(text), strict=True)) for text in inputs]
        return Ranks(scores, _tokens([query + text for text in inputs]))

    async def wait_idle(self, others: Others) -> bool:
        return True

    async def count_tokens(self, text: str) -> int | None:
        return estimated_tokens(len(text.encode()))

    async def close(self) -> None:
        """There is nothing to give up."""

    def next_fault(self) -> MockFault | None:
        """What goes wrong with the next request."""
        return self._faults.pop() if self._faults else None

    @contextmanager
    def slot(self, fault: MockFault | None) -> Iterator[None]:
        """One of the slots, for as long as a request runs. Raises EngineFailure when there is none."""
        if fault is not None and fault.kind in _AT_ONCE:
            raise EngineFailure(*_AT_ONCE[fault.kind])
        if self.busy >= self.behaviour.slots:
            raise EngineFailure(*_AT_ONCE["busy"])
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    async def _read(self, inputs: Sequence[str]) -> None:
        """Take the time of one token for each text."""
        fault = self.next_fault()
        with self.slot(fault):
            if fault is not None:
                await _misbehave(fault, 0)
            await asyncio.sleep(len(inputs) * self.behaviour.ms_per_token / 1000)


class _MockGeneration(Generation):
    def __init__(self, engine: MockAdapter, request: GenerateRequest, fault: MockFault | None) -> None:
        self._engine = engine
        self._request = request
        self._fault = fault

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        with self._engine.slot(self._fault):
            async with aclosing(self._paced()) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def wait_idle(self, others: Others) -> bool:
        return True

    async def _paced(self) -> AsyncGenerator[Chunk, None]:
        words = Random(self._request.seed)  # noqa: S311 - text that repeats with the seed, no secret
        loop = asyncio.get_running_loop()
        begun = loop.time()
        pace = self._engine.behaviour.ms_per_token / 1000
        limit = self._request.max_tokens
        for number in range(1, limit + 1):
            if self._fault is not None and self._fault.after_tokens == number - 1:
                await _misbehave(self._fault, number - 1)
            await asyncio.sleep(begun + number * pace - loop.time())
            finished = None
            if number == limit:
                tokens_in = estimated_tokens(len(self._request.prompt.encode()))
                finished = Finished("length", tokens_out=limit, tokens_in=tokens_in)
            yield Chunk((words.choice(WORDS) + " ",), number, finished)


async def _misbehave(fault: MockFault, tokens_sent: int) -> None:
    if fault.kind == "stall":
        await asyncio.get_running_loop().create_future()
    if fault.kind == "error" and tokens_sent == 0:
        raise EngineFailure(FailureKind.FAULT, "the engine answered with status 500")
    if fault.kind in _IN_STREAM:
        raise EngineFailure(*_IN_STREAM[fault.kind])


def _vector(text: str) -> list[float]:
    """A unit vector that is the same for the same text."""
    numbers = Random(text)  # noqa: S311 - numbers that repeat with the text, no secret
    vector = [numbers.gauss(0.0, 1.0) for _ in range(DIMENSIONS)]
    length = math.sqrt(math.fsum(value * value for value in vector))
    return [round(value / length, 6) for value in vector]


def _tokens(texts: Sequence[str]) -> int:
    return estimated_tokens(sum(len(text.encode()) for text in texts))
