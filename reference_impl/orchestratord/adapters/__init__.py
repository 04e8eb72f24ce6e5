"""Engines behind one protocol: what the server may ask of an engine, and the adapters of this build
by name.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TypeAlias

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
from orchestratord.adapters.mock import MockAdapter, MockBehaviour, MockFault
from orchestratord.adapters.plan import AdapterPlan

__all__ = [
    "ADAPTERS",
    "AdapterFactory",
    "AdapterPlan",
    "Chunk",
    "Embeddings",
    "EngineAdapter",
    "Finished",
    "GenerateRequest",
    "Generation",
    "MockAdapter",
    "MockBehaviour",
    "MockFault",
    "Others",
    "Ranks",
]


AdapterFactory: TypeAlias = Callable[[AdapterPlan], EngineAdapter]


def _made_by(module: str, name: str) -> AdapterFactory:
    """A factory that imports its adapter when a plan asks for one: their HTTP client takes a third of the
    time of a start, which the mock and a file that is refused do not need.
    """

    def make(plan: AdapterPlan) -> EngineAdapter:
        adapter: EngineAdapter = getattr(import_module(f"orchestratord.adapters.{module}"), name)(plan)
        return adapter

    return make


ADAPTERS: Mapping[str, AdapterFactory] = {
    "llamacpp": _made_by("llamacpp", "LlamaCppAdapter"),
    "vllm": _made_by("vllm", "VllmAdapter"),
    "tgi": _made_by("tgi", "TgiAdapter"),
    "triton": _made_by("triton", "TritonAdapter"),
    "openai": _made_by("openai", "OpenAiAdapter"),
    "mock": lambda plan: MockAdapter(plan.mock, plan.model),
}
