"""The adapter for Text Generation Inference: which of its routes is asked what.

Formats are in `tgi_wire`.
"""

from orchestratord.adapters import tgi_wire as wire
from orchestratord.adapters.base import GenerateRequest
from orchestratord.adapters.http_adapter import HttpAdapter
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.refusals import loading, question_failed
from orchestratord.adapters.streaming import Exchange
from orchestratord.core.worker_states import EngineFacts


class TgiAdapter(HttpAdapter):
    """One TGI by URL."""

    running = ("tgi_batch_current_size", "tgi_queue_size")

    def __init__(self, plan: AdapterPlan) -> None:
        super().__init__(plan)
        self._most_stops = wire.DEFAULT_STOPS

    async def probe(self) -> EngineFacts:
        # OC-ADAPT-5040
        status, _ = await self.link.ask("/health")
        if status == 503:
            raise loading()
        if status != 200:
            raise question_failed("health", status)
        told = wire.info(await self.told("/info", "information"))
        if told.max_stop_sequences is not None:
            self._most_stops = told.max_stop_sequences
        return wire.facts(told, self.plan)

    def exchange(self, request: GenerateRequest) -> Exchange:
        body = wire.generate_body(request, self._most_stops)
        parser = wire.TgiParser(request.sampler.stop, request.max_tokens)
        return Exchange(wire.GENERATE, body, parser, wire.refuse)

    async def count_tokens(self, text: str) -> int | None:
        answer = await self.counted("/tokenize", {"inputs": text})
        return None if answer is None else wire.token_count(answer)
