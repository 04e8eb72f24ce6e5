"""What the server asks of every engine, in the server's own words.

Wire formats are in the modules beside this one.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile
from orchestratord.core.tasks import Priority, Workload
from orchestratord.core.worker_states import EngineFacts

FinishReason = Literal["stop", "length"]


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


@dataclass(frozen=True, slots=True)
class Chunk:
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


class Generation(ABC):
    """One request at an engine, from before it is sent until its slot is free again."""

    @abstractmethod
    def chunks(self) -> AsyncGenerator[Chunk, None]:
        """Send the request and give what comes, as it comes; the last chunk has `finished`.

        Closing the generator early ends the request at the engine. Raises EngineFailure.
        """

    @abstractmethod
    async def wait_idle(self, others: int) -> bool:
        """After the generator was closed: wait until the engine shows the slot idle.

        False when it cannot tell.

        `others` is how many other requests the server has at this engine. It may be cancelled at any time,
        and does not raise.
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

    async def wait_idle(self, others: int) -> bool:
        """After `embed` or `rerank` was cancelled: as `Generation.wait_idle`."""
        return False

    @abstractmethod
    async def count_tokens(self, text: str) -> int | None:
        """How many tokens the engine's tokenizer makes of a text; None when it does not say."""

    @abstractmethod
    async def close(self) -> None:
        """Give up all connections."""
