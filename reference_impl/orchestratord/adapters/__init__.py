"""Engines behind one protocol: what the server may ask of an engine, and the adapters of this build
by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class AdapterPlan:
    """What an adapter is made from. `url` is empty for the mock; times are milliseconds."""

    url: str
    connect_ms: float
    probe_ms: float
    mock: MockBehaviour


AdapterFactory: TypeAlias = Callable[[AdapterPlan], EngineAdapter]

ADAPTERS: Mapping[str, AdapterFactory] = {
    "llamacpp": lambda plan: LlamaCppAdapter(plan.url, plan.connect_ms, plan.probe_ms),
    "mock": lambda plan: MockAdapter(plan.mock),
}
