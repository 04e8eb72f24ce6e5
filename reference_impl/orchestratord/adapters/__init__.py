"""Engines behind one protocol: what the server may ask of an engine, and the adapters of this build
by name.
"""

from collections.abc import Callable, Mapping
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
from orchestratord.adapters.llamacpp import LlamaCppAdapter
from orchestratord.adapters.mock import MockAdapter, MockBehaviour, MockFault
from orchestratord.adapters.openai import OpenAiAdapter
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.tgi import TgiAdapter
from orchestratord.adapters.triton import TritonAdapter
from orchestratord.adapters.vllm import VllmAdapter

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
    "LlamaCppAdapter",
    "MockAdapter",
    "MockBehaviour",
    "MockFault",
    "OpenAiAdapter",
    "Others",
    "Ranks",
    "TgiAdapter",
    "TritonAdapter",
    "VllmAdapter",
]


AdapterFactory: TypeAlias = Callable[[AdapterPlan], EngineAdapter]

ADAPTERS: Mapping[str, AdapterFactory] = {
    "llamacpp": LlamaCppAdapter,
    "vllm": VllmAdapter,
    "tgi": TgiAdapter,
    "triton": TritonAdapter,
    "openai": OpenAiAdapter,
    "mock": lambda plan: MockAdapter(plan.mock, plan.model),
}
