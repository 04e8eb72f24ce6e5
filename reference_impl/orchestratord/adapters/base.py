"""What the server asks of every engine, in the server's own words.

Wire formats are in the modules beside this one.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

import msgspec

from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile
from orchestratord.core.tasks import Priority, Workload
from orchestratord.core.worker_states import EngineFacts

FinishReason = Literal["stop", "length"]

PROOF_TEXT = "One, two,"
PROOF_TOKENS = 16
PROOF_IDLE_S = 1.0


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """One completion as an engine is asked for it.

    `reuse_cache` allows the engine to start from a cached prompt; `priority` is the task's own.
    """

    prompt: str
    max_tokens: int
    seed: int
    sampler: SamplerProfile
    reuse_cache: bool
    priority: Priority = "interactive"


@dataclass(frozen=True, slots=True)
class Finished:
    """How a completion came to its end.

    Counts are the engine's own, None where it gave none. `at_rest` is false where the engine would have gone
    on and was told to stop.
    """

    reason: FinishReason
    tokens_out: int | None = None
    tokens_in: int | None = None
    at_rest: bool = True


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """What arrived together: texts in order (never empty ones), the engine's count of tokens so far, and its
    end.
    """

    texts: tuple[str, ...]
    tokens_out: int | None = None
    finished: Finished | None = None


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector for each input, in the order of the inputs; `tokens_in` is the engine's count, None where
    it gave none.
    """

    vectors: Sequence[Sequence[float]]
    tokens_in: int | None = None


@dataclass(frozen=True, slots=True)
class Ranks:
    """How well each input answers the query, in the order of the inputs; larger is better."""

    scores: Sequence[float]
    tokens_in: int | None = None


Others = Callable[[], int]
"""How many other requests the server has at an engine, at the time when it is asked."""


class Generation(ABC):
    """One request at an engine, from before it is sent until its slot is free again."""

    def begin(self) -> Callable[[], None] | None:
        """Send the request at once, where that needs no waiting; answers what ends it at the engine should
        nobody come to read `chunks`. None: nothing was sent, and `chunks` will send it.
        """
        return None

    @abstractmethod
    def chunks(self) -> AsyncGenerator[Chunk, None]:
        """Send the request and give what comes, as it comes; the last chunk has `finished`.

        Closing the generator early ends the request at the engine. Raises EngineFailure.
        """

    @abstractmethod
    async def wait_idle(self, others: Others) -> bool:
        """After the generator was closed: wait until the engine shows the slot idle.

        False when it cannot tell. It may be cancelled at any time, and does not raise.
        """


class EngineAdapter(ABC):
    """One engine behind a worker. Every call may be cancelled at any await and leaves nothing behind then."""

    workloads: frozenset[Workload] = frozenset({"completion"})
    """What the adapter can ask of an engine of its kind. Whether this one can do it is in what it says of
    itself (`EngineFacts.workloads`).
    """
    max_tokens: int | None = None
    """The most tokens that the engine itself allows for one request; None when it has no bound of its own."""

    @abstractmethod
    async def probe(self) -> EngineFacts:
        """Ask the engine for its health, version and slots.

        Raises EngineFailure: UNREACHABLE, NOT_READY or FAULT.
        """

    async def prove(self, others: Others) -> None:
        """Show that the engine works, beside the other requests that it has: decode a token, and end a
        request early.

        Raises EngineFailure; BUSY where it only has no slot for that now.
        """
        # ORCH-3049
        if "completion" not in self.workloads:
            if "embedding" in self.workloads:
                await self.embed([PROOF_TEXT])
            else:
                await self.rerank(PROOF_TEXT, [PROOF_TEXT])
            return
        await self._proof(max_tokens=1)
        proof = await self._proof(max_tokens=PROOF_TOKENS, end_early=True)
        try:
            async with asyncio.timeout(PROOF_IDLE_S):
                await proof.wait_idle(others)
        except TimeoutError as busy:
            raise EngineFailure(FailureKind.FAULT, "a request that was ended still has its slot") from busy

    async def _proof(self, *, max_tokens: int, end_early: bool = False) -> Generation:
        proof = self.generation(
            GenerateRequest(PROOF_TEXT, max_tokens, 0, SamplerProfile(), reuse_cache=False)
        )
        async with aclosing(proof.chunks()) as chunks:
            async for chunk in chunks:
                if end_early and chunk.texts:
                    break
        return proof

    @abstractmethod
    def generation(self, request: GenerateRequest) -> Generation:
        """A request that has not been sent yet."""

    async def embed(self, inputs: Sequence[str]) -> Embeddings:
        """The vectors of texts: finite numbers, one vector for each text.

        Cancelling it ends the request at the engine; `wait_idle` tells when. Raises EngineFailure.
        """
        raise EngineFailure(FailureKind.REFUSED, "the engine makes no embeddings")

    async def rerank(self, query: str, inputs: Sequence[str]) -> Ranks:
        """The scores of texts: finite numbers, one for each text.

        Cancelling it ends the request at the engine; `wait_idle` tells when. Raises EngineFailure.
        """
        raise EngineFailure(FailureKind.REFUSED, "the engine ranks nothing")

    async def wait_idle(self, others: Others) -> bool:
        """After `embed` or `rerank` was cancelled: as `Generation.wait_idle`."""
        return False

    @abstractmethod
    async def count_tokens(self, text: str) -> int | None:
        """How many tokens the engine's tokenizer makes of a text; None when it does not say."""

    @abstractmethod
    async def close(self) -> None:
        """Give up all connections."""
