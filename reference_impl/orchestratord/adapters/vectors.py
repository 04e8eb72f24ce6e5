"""Embeddings and ranks over the routes that llama.cpp, vLLM and OpenAI's API have in common.

Which of them an engine has is found out once, by requests that it refuses before it works on them.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from orchestratord.adapters.base import Embeddings, Ranks
from orchestratord.adapters.link import MAX_ERROR_BYTES, EngineLink, bounded
from orchestratord.adapters.parsing import Count, read
from orchestratord.adapters.sse import malformed
from orchestratord.adapters.streaming import Refuse
from orchestratord.core.engine_failures import EngineFailure
from orchestratord.core.tasks import Workload

MAX_VECTORS_BYTES = 256 * 1024 * 1024

_ROUTES: Mapping[Workload, str] = {"embedding": "/v1/embeddings", "rerank": "/v1/rerank"}
_HAS = frozenset({200, 400, 422})
_HAS_NOT = frozenset({404, 405, 501})


class _Usage(msgspec.Struct):
    prompt_tokens: Count | None = None
    total_tokens: Count | None = None

    @property
    def tokens_in(self) -> int | None:
        return self.total_tokens if self.prompt_tokens is None else self.prompt_tokens


class _Vector(msgspec.Struct):
    index: Count
    embedding: list[float]


class _Vectors(msgspec.Struct):
    data: list[_Vector]
    usage: _Usage | None = None


class _Score(msgspec.Struct):
    index: Count
    relevance_score: float


class _Scores(msgspec.Struct):
    results: list[_Score]
    usage: _Usage | None = None


T = TypeVar("T")

_vectors = msgspec.json.Decoder(_Vectors)
_scores = msgspec.json.Decoder(_Scores)


async def embed(link: EngineLink, refuse: Refuse, model: str | None, inputs: Sequence[str]) -> Embeddings:
    """The vectors of texts. Raises EngineFailure."""
    body = {"input": list(inputs), "encoding_format": "float"} | _named(model)
    answer = read(
        _vectors, await _asked(link, refuse, _ROUTES["embedding"], body), "embeddings that cannot be read"
    )
    vectors = _in_order(((each.index, each.embedding) for each in answer.data), len(inputs))
    if not all(math.isfinite(value) for vector in vectors for value in vector):
        raise malformed("an embedding that is no vector")
    return Embeddings(vectors, _tokens_in(answer.usage))


async def rerank(
    link: EngineLink, refuse: Refuse, model: str | None, query: str, inputs: Sequence[str]
) -> Ranks:
    """The scores of texts. Raises EngineFailure."""
    body = {"query": query, "documents": list(inputs)} | _named(model)
    answer = read(_scores, await _asked(link, refuse, _ROUTES["rerank"], body), "ranks that cannot be read")
    scores = _in_order(((each.index, each.relevance_score) for each in answer.results), len(inputs))
    if not all(map(math.isfinite, scores)):
        raise malformed("a score that is no number")
    return Ranks(scores, _tokens_in(answer.usage))


class Abilities:
    """Which of these workloads an engine serves, remembered for as long as it is the same engine."""

    def __init__(self, link: EngineLink, *workloads: Workload) -> None:
        self._link = link
        self._workloads = workloads
        self._engine: tuple[str, ...] = ()
        self._known: dict[Workload, bool] = {}

    async def of(self, engine: tuple[str, ...], model: str | None) -> frozenset[Workload]:
        """What the engine of that version and model serves beside completions."""
        if engine != self._engine:
            self._engine, self._known = engine, {}
        for workload in self._workloads:
            if workload not in self._known:
                await self._find_out(workload, model)
        return frozenset(workload for workload, has in self._known.items() if has)

    async def _find_out(self, workload: Workload, model: str | None) -> None:
        try:
            # Without a text there is nothing to work on, so whoever has the route refuses.
            status, _ = await self._link.ask(_ROUTES[workload], _named(model))
        except EngineFailure:
            return
        if status in _HAS or status in _HAS_NOT:
            self._known[workload] = status in _HAS


async def _asked(link: EngineLink, refuse: Refuse, path: str, body: Mapping[str, Any]) -> bytes:
    async with link.post(path, body) as answer:
        if answer.status != 200:
            raise refuse(answer.status, answer.media_type, await bounded(answer, MAX_ERROR_BYTES))
        return await bounded(answer, MAX_VECTORS_BYTES)


def _named(model: str | None) -> dict[str, Any]:
    return {} if model is None else {"model": model}


def _in_order(pairs: Iterable[tuple[int, T]], count: int) -> list[T]:
    """What came for each input, in the order of the inputs. Raises EngineFailure."""
    found = dict(pairs)
    if sorted(found) != list(range(count)):
        raise malformed("results that are not one for each input")
    return [found[number] for number in range(count)]


def _tokens_in(usage: _Usage | None) -> int | None:
    return None if usage is None else usage.tokens_in
