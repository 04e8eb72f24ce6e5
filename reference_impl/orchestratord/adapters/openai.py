"""The adapter for any server that has OpenAI's routes: models, completions, embeddings, and no other.

Formats are in `openai_wire`.
"""

from collections.abc import Sequence

from orchestratord.adapters import openai_wire as wire
from orchestratord.adapters import vectors
from orchestratord.adapters.base import Embeddings, GenerateRequest
from orchestratord.adapters.facts import UNKNOWN_VERSION, context, slots
from orchestratord.adapters.http_adapter import HttpAdapter
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.refusals import loading, question_failed
from orchestratord.adapters.streaming import Exchange
from orchestratord.core.tasks import Workload
from orchestratord.core.worker_states import EngineFacts


class OpenAiAdapter(HttpAdapter):
    """One server by URL. Its version is not told, its slots stand in the configuration."""

    workloads = frozenset[Workload]({"completion", "embedding"})

    def __init__(self, plan: AdapterPlan) -> None:
        super().__init__(plan)
        self._model = plan.engine_model or plan.model or ""
        self._abilities = vectors.Abilities(self.link, "embedding")

    async def probe(self) -> EngineFacts:
        # OC-ADAPT-5090
        status, models = await self.link.ask(wire.MODELS)
        if status == 503:
            raise loading()
        if status != 200:
            raise question_failed("list of models", status)
        model = wire.chosen(models, self.plan)
        self._model = model.id
        beside = await self._abilities.of((model.id,), model.id)
        return EngineFacts(
            version=UNKNOWN_VERSION,
            slots=slots(self.plan),
            ctx=context(model.ctx, self.plan),
            model=model.id,
            workloads=beside | {"completion"},
        )

    def exchange(self, request: GenerateRequest) -> Exchange:
        body = wire.completion_body(request, self._model)
        return Exchange(wire.COMPLETIONS, body, wire.OpenAiParser(), wire.refuse)

    async def embed(self, inputs: Sequence[str]) -> Embeddings:
        return await vectors.embed(self.link, wire.refuse, self._model, inputs)
