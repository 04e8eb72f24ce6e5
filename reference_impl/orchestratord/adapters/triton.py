"""The adapter for one model of Triton: which of its routes is asked what.

Formats are in `triton_wire`.
"""

from urllib.parse import quote

from orchestratord.adapters import exposition
from orchestratord.adapters import triton_wire as wire
from orchestratord.adapters.base import GenerateRequest
from orchestratord.adapters.facts import context, named_version, slots
from orchestratord.adapters.growth import Manner
from orchestratord.adapters.http_adapter import HttpAdapter
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.refusals import loading, question_failed
from orchestratord.adapters.streaming import Exchange
from orchestratord.core.engine_failures import EngineFailure
from orchestratord.core.worker_states import EngineFacts

# TensorRT-LLM's backend alone tells it, among other samples of the same series.
_KV_USAGE, _KV_LABEL = "nv_trt_llm_kv_cache_block_metrics", 'kv_cache_block_type="fraction"'


class TritonAdapter(HttpAdapter):
    """One model of a Triton by URL. Slots and context stand in the configuration: it tells neither."""

    def __init__(self, plan: AdapterPlan) -> None:
        super().__init__(plan)
        self._name = plan.engine_model or plan.model or ""
        self._path = f"/v2/models/{quote(self._name, safe='')}"
        self._takes: frozenset[str] = frozenset()
        self._version = ""
        self._manner: Manner = "unknown"
        # Metrics have a port of their own, which is not told.
        self._has_metrics = plan.metrics_url is not None

    async def probe(self) -> EngineFacts:
        # OC-ADAPT-5060, OC-ADAPT-5070
        status, _ = await self.link.ask("/v2/health/ready")
        if status != 200:
            raise loading()
        self._takes = wire.metadata(await self._of_model()).takes()
        server = wire.server_version(await self.told("/v2", "metadata"))
        status, body = await self.link.ask(f"{self._path}/config")
        model = wire.configuration(body) if status == 200 else wire.Configuration()
        version = named_version(model.trtllm_version or server)
        if version != self._version:
            # Another build may write its items in another manner.
            self._version, self._manner = version, "unknown"
        metrics = await self.metrics()
        return EngineFacts(
            version=version,
            slots=slots(self.plan),
            ctx=context(None, self.plan),
            model=self._name,
            kv_usage=None if metrics is None else exposition.ratio(metrics, _KV_USAGE, where=_KV_LABEL),
        )

    def exchange(self, request: GenerateRequest) -> Exchange:
        body = wire.generate_body(request, self._takes)
        stop, limit = request.sampler.stop, request.max_tokens
        parser = wire.TritonParser(stop, limit, self._manner, self._learn)
        return Exchange(f"{self._path}/generate_stream", body, parser, wire.refuse)

    def _learn(self, manner: Manner) -> None:
        # That items are new text is seen from the second on, and would not be noticed any more if it changed.
        if manner != "unknown":
            self._manner = "whole" if manner == "whole" else "unknown"

    async def _of_model(self) -> bytes:
        status, body = await self.link.ask(self._path)
        if status == 200:
            return body
        failure: EngineFailure = wire.refuse(status, "", body)
        raise failure if status in (400, 404, 503) else question_failed("model metadata", status)
