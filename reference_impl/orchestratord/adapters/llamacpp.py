"""The adapter for llama.cpp's own HTTP server: which of its routes is asked what.

Formats are in `llamacpp_wire`.
"""

from collections.abc import Sequence
from dataclasses import replace

from orchestratord.adapters import exposition, vectors
from orchestratord.adapters import llamacpp_wire as wire
from orchestratord.adapters.base import Embeddings, GenerateRequest, Ranks
from orchestratord.adapters.http_adapter import HttpAdapter
from orchestratord.adapters.parsing import StreamParser
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.refusals import loading, question_failed
from orchestratord.adapters.streaming import Exchange
from orchestratord.core.engine_failures import EngineFailure
from orchestratord.core.tasks import Workload
from orchestratord.core.worker_states import EngineFacts


class LlamaCppAdapter(HttpAdapter):
    """One llama.cpp server by URL."""

    workloads = frozenset[Workload]({"completion", "embedding", "rerank"})

    def __init__(self, plan: AdapterPlan) -> None:
        super().__init__(plan)
        self._abilities = vectors.Abilities(self.link, "embedding", "rerank")

    async def probe(self) -> EngineFacts:
        # OC-ADAPT-5001
        status, _ = await self.link.ask("/health")
        if status == 503:
            raise loading()
        if status != 200:
            raise question_failed("health", status)
        told = wire.facts(await self.told("/props", "properties"), self.plan)
        metrics = await self.metrics()
        beside = await self._abilities.of((told.version, told.model or ""), None)
        return replace(
            told,
            kv_usage=None if metrics is None else exposition.ratio(metrics, wire.KV_USAGE),
            workloads=beside | {"completion"},
        )

    def exchange(self, request: GenerateRequest) -> Exchange:
        # It says that it keeps the connection after a stream, and closes it.
        return Exchange(
            "/completion", wire.completion_body(request), wire.LlamaCppParser(), wire.refuse, keep=False
        )

    async def idle(self, others: int, parser: StreamParser | None) -> bool | None:
        try:
            status, body = await self.link.ask("/slots")
        except EngineFailure:
            return None
        busy = wire.busy_slots(body) if status == 200 else None
        if busy is None:
            return None
        slot = parser.slot if isinstance(parser, wire.LlamaCppParser) else None
        return len(busy) <= others or (slot is not None and slot not in busy)

    async def embed(self, inputs: Sequence[str]) -> Embeddings:
        return await vectors.embed(self.link, wire.refuse, None, inputs)

    async def rerank(self, query: str, inputs: Sequence[str]) -> Ranks:
        return await vectors.rerank(self.link, wire.refuse, None, query, inputs)

    async def count_tokens(self, text: str) -> int | None:
        answer = await self.counted("/tokenize", {"content": text})
        return None if answer is None else wire.token_count(answer)
