"""The adapter for vLLM's OpenAI-compatible server, with what it has beyond that.

Formats are in `openai_wire`; the names that only vLLM has are here.
"""

import secrets
from collections.abc import Sequence

import msgspec

from orchestratord.adapters import exposition, vectors
from orchestratord.adapters import openai_wire as wire
from orchestratord.adapters.base import Embeddings, GenerateRequest, Ranks
from orchestratord.adapters.facts import context, named_version, slots
from orchestratord.adapters.http_adapter import HttpAdapter
from orchestratord.adapters.parsing import Count, read, read_or
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.refusals import loading, question_failed
from orchestratord.adapters.streaming import Exchange
from orchestratord.core.tasks import Priority, Workload
from orchestratord.core.worker_states import EngineFacts

_RUNNING = ("vllm:num_requests_running", "vllm:num_requests_waiting")
_KV_USAGE = ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc")
_PRIORITIES: dict[Priority, int] = {"interactive": 0, "batch": 1}
_NO_LIMIT = -1
_NO_VERSION = "a version that cannot be read"


class _Version(msgspec.Struct):
    version: str


class _Tokens(msgspec.Struct):
    count: Count


_version = msgspec.json.Decoder(_Version)
_tokens = msgspec.json.Decoder(_Tokens)


class VllmAdapter(HttpAdapter):
    """One vLLM by URL. Its slots stand in the configuration: it does not tell `max_num_seqs`."""

    workloads = frozenset[Workload]({"completion", "embedding", "rerank"})
    running = _RUNNING

    def __init__(self, plan: AdapterPlan) -> None:
        super().__init__(plan)
        self._model = plan.engine_model or plan.model or ""
        self._abilities = vectors.Abilities(self.link, "embedding", "rerank")

    async def probe(self) -> EngineFacts:
        # OC-ADAPT-5020, OC-ADAPT-5030
        status, _ = await self.link.ask("/health")
        if status == 503:
            raise loading()
        if status != 200:
            raise question_failed("health", status)
        version = named_version(read(_version, await self.told("/version", "version"), _NO_VERSION).version)
        model = wire.chosen(await self.told(wire.MODELS, "list of models"), self.plan)
        self._model = model.id
        beside = await self._abilities.of((version, model.id), model.id)
        metrics = await self.metrics()
        return EngineFacts(
            version=version,
            slots=slots(self.plan),
            ctx=context(model.ctx, self.plan),
            model=model.id,
            kv_usage=None if metrics is None else exposition.ratio(metrics, *_KV_USAGE),
            workloads=beside | {"completion"},
        )

    def exchange(self, request: GenerateRequest) -> Exchange:
        # OC-ADAPT-5023
        body = wire.completion_body(request, self._model)
        body["stream_options"]["continuous_usage_stats"] = True
        body["top_k"] = request.sampler.top_k or _NO_LIMIT
        body["min_p"] = request.sampler.min_p
        if self.plan.priorities:
            body["priority"] = _PRIORITIES[request.priority]
        if not request.reuse_cache:
            # What is cached under another salt is not found.
            body["cache_salt"] = secrets.token_urlsafe(16)
        return Exchange(wire.COMPLETIONS, body, wire.OpenAiParser(), wire.refuse)

    async def embed(self, inputs: Sequence[str]) -> Embeddings:
        return await vectors.embed(self.link, wire.refuse, self._model, inputs)

    async def rerank(self, query: str, inputs: Sequence[str]) -> Ranks:
        return await vectors.rerank(self.link, wire.refuse, self._model, query, inputs)

    async def count_tokens(self, text: str) -> int | None:
        answer = await self.counted("/tokenize", {"model": self._model, "prompt": text})
        found = None if answer is None else read_or(_tokens, answer, None)
        return None if found is None else found.count
