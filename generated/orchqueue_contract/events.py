# Written by `orchqueue gen`; an edit here is lost.
# contracts/events.yaml sha256:7ea698b59ab34139c7d5f9d3f070db863961541b59e01372ac24c6cbcff34a91
# contracts/openapi.yaml sha256:8b1b14024236bf32ba2d71c0c1d188102816aadd1617b39c30cbb2834f9e4de6

"""The events of a stream: the data of each as a pydantic model, and the table of all kinds."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from pydantic import ConfigDict, Field, StrictBool, StrictFloat, StrictStr
from ._model import NOT_NULL, OMITTED, ContractModel, Integer
from .models import StreamError
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["EVENTS", "EndEvent", "ErrorEvent", "EventSpec", "MetricsEvent", "StartedEvent", "TokenEvent"]


class EndEvent(ContractModel):
    model_config = ConfigDict(extra="forbid")
    tokens_out: Annotated[Integer, Field(ge=0)]
    decode_ms: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    finish_reason: Literal["stop", "length", "canceled"]
    transcript: Annotated[StrictStr | None, Field(pattern="^sha256:[0-9a-f]{64}$"), NOT_NULL, OMITTED] = None
    artifact: Annotated[StrictStr | None, Field(pattern="^sha256:[0-9a-f]{64}$"), NOT_NULL, OMITTED] = None


class MetricsEvent(ContractModel):
    model_config = ConfigDict(extra="allow")
    on_time_probability: Annotated[StrictFloat, Field(ge=0.0, le=1.0)]
    queue_depth: Annotated[Integer, Field(ge=0)]
    kv_warmth: StrictBool
    tokens_budget_remaining: StrictFloat | None
    time_budget_remaining_ms: StrictFloat | None
    cost_budget_remaining: StrictFloat | None
    preempted: Annotated[StrictBool | None, NOT_NULL, OMITTED] = None
    resumable: Annotated[StrictBool | None, NOT_NULL, OMITTED] = None
    kv_migrated: Annotated[StrictBool | None, NOT_NULL, OMITTED] = None
    replica_id: Annotated[StrictStr | None, Field(min_length=1), NOT_NULL, OMITTED] = None


class StartedEvent(ContractModel):
    model_config = ConfigDict(extra="forbid")
    queue_position: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    predicted_start_ms: Annotated[Integer, Field(ge=0, le=9007199254740991)]
    job_id: Annotated[StrictStr, Field(max_length=128, min_length=1)]
    engine: Literal["llamacpp", "vllm", "tgi", "triton"]
    engine_version: Annotated[StrictStr, Field(min_length=1)]
    pool_id: Annotated[StrictStr, Field(min_length=1)]
    replica_id: Annotated[StrictStr, Field(min_length=1)]
    sampler_profile_version: Annotated[StrictStr | None, Field(min_length=1), NOT_NULL, OMITTED] = None
    model_digest: Annotated[StrictStr | None, Field(pattern="^sha256:[0-9a-f]{64}$"), NOT_NULL, OMITTED] = (
        None
    )


class TokenEvent(ContractModel):
    model_config = ConfigDict(extra="forbid")
    t: StrictStr
    i: Annotated[Integer, Field(ge=0)]


ErrorEvent: TypeAlias = StreamError


@dataclass(frozen=True, slots=True)
class EventSpec:
    """One kind of event: its name on the wire, the model of its data, and whether it ends the stream."""

    name: str
    model: type[ContractModel]
    terminal: bool
    description: str
    requirements: tuple[str, ...]


EVENTS: Mapping[str, EventSpec] = MappingProxyType(
    {
        "started": EventSpec(
            name="started",
            model=StartedEvent,
            terminal=False,
            description="The task was handed to an engine for the first time.",
            requirements=("OC-CAT-4205", "OC-CTRL-2020", "OC-CTRL-2021"),
        ),
        "token": EventSpec(
            name="token",
            model=TokenEvent,
            terminal=False,
            description="The engine produced a piece of text.",
            requirements=("OC-CTRL-2020",),
        ),
        "metrics": EventSpec(
            name="metrics",
            model=MetricsEvent,
            terminal=False,
            description="How the task and its pool fare.",
            requirements=("OC-CTRL-2020", "OC-CTRL-2023"),
        ),
        "end": EventSpec(
            name="end",
            model=EndEvent,
            terminal=True,
            description="The task is over and its result is complete.",
            requirements=("OC-CTRL-2020", "OC-CTRL-2025", "OC-CTRL-2067", "OC-CTRL-2073"),
        ),
        "error": EventSpec(
            name="error",
            model=ErrorEvent,
            terminal=True,
            description="The task is over and its result is not complete.",
            requirements=("OC-CTRL-2020",),
        ),
    }
)
