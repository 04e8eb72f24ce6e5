"""The adapter for llama.cpp's own HTTP server: which of its routes is asked what.

Formats are in `llamacpp_wire`.
"""

from orchestratord.adapters import exposition
from orchestratord.adapters import llamacpp_wire as wire
from orchestratord.adapters.base import GenerateRequest
from orchestratord.adapters.http_adapter import HttpAdapter
from orchestratord.adapters.parsing import StreamParser
from orchestratord.adapters.refusals import loading, question_failed
from orchestratord.adapters.streaming import Exchange
from orchestratord.core.engine_failures import EngineFailure
from orchestratord.core.worker_states import EngineFacts


class LlamaCppAdapter(HttpAdapter):
    """One llama.cpp server by URL."""

    async def probe(self) -> EngineFacts:
        # OC-ADAPT-5001
        status, _ = await self.link.ask("/health")
        if status == 503:
            raise loading()
        if status != 200:
            raise question_failed("health", status)
        properties = await self.told("/props", "properties")
        metrics = await self.metrics()
        return wire.facts(
            properties, self.plan, None if metrics is None else exposition.ratio(metrics, wire.KV_USAGE)
        )

    def exchange(self, request: GenerateRequest) -> Exchange:
        return Exchange("/completion", wire.completion_body(request), wire.LlamaCppParser(), wire.refuse)

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

    async def count_tokens(self, text: str) -> int | None:
        answer = await self.counted("/tokenize", {"content": text})
        return None if answer is None else wire.token_count(answer)
