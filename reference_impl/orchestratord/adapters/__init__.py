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
    Ranks,
)
from orchestratord.adapters.llamacpp import LlamaCppAdapter
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
    "LlamaCppAdapter",
    "MockAdapter",
    "MockBehaviour",
    "MockFault",
    "Ranks",
]


AdapterFactory: TypeAlias = Callable[[AdapterPlan], EngineAdapter]

ADAPTERS: Mapping[str, AdapterFactory] = {
    "llamacpp": LlamaCppAdapter,
    "mock": lambda plan: MockAdapter(plan.mock),
}
