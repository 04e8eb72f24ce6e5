"""What a module is told: one JSON object with all that it may decide on, and nothing that is secret."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from orchestratord.core.guards import Size
from orchestratord.core.tasks import TaskSpec
from orchestratord.policy.abi import TOOL_VERSION, VERSION

ToolStep = Literal["tool_request", "tool_response"]

_encode = msgspec.json.Encoder().encode
_OPTIONAL = ("max_queue_ms", "kv_hint", "determinism", "sampler_profile_version")


class Asker(NamedTuple):
    """Who asks, and under which correlation id."""

    tenant: str
    key_id: str
    correlation_id: str


class PoolFacts(NamedTuple):
    """How a pool is at the moment."""

    id: str
    engine: str
    ready: bool
    queue_depth: int
    slots: int
    slots_free: int


def admission(spec: TaskSpec, size: Size, asker: Asker, pools: Iterable[PoolFacts], now_ms: int) -> bytes:
    """The snapshot of the hook `admission`. `now_ms` is Unix time."""
    return _encode(
        {
            "abi": VERSION,
            "hook": "admission",
            "correlation_id": asker.correlation_id,
            "now_ms": now_ms,
            "tenant": asker.tenant,
            "key_id": asker.key_id,
            "task": _task(spec, size),
            "pools": [pool._asdict() for pool in pools],
        }
    )


def _task(spec: TaskSpec, size: Size) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "task_id": spec.task_id,
        "session_id": spec.session_id,
        "workload": spec.workload,
        "model_ref": spec.model_ref,
        "engine": spec.engine,
        "ctx": spec.ctx,
        "priority": spec.priority,
        "deadline_ms": spec.deadline_ms,
        "tokens_in": size.tokens_in,
        "max_tokens": spec.max_tokens,
        "inputs": len(spec.inputs) or 1,
    }
    return told | {name: given for name in _OPTIONAL if (given := getattr(spec, name)) is not None}


class Passage(NamedTuple):
    """What is known of a body that wants to pass: which way, whose it is, and of what size; `facts` are those
    of the request, or of the answer.
    """

    step: ToolStep
    tool: str
    correlation_id: str
    facts: Mapping[str, Any]
    size: int


def tool(passage: Passage, body: str | None, now_ms: int) -> bytes:
    """The snapshot of a tool's request, or of the answer to it; `body` is None where it is no text."""
    return _encode(
        {
            "abi": VERSION,
            "tool_abi": TOOL_VERSION,
            "hook": passage.step,
            "correlation_id": passage.correlation_id,
            "now_ms": now_ms,
            "tool": passage.tool,
            passage.step.removeprefix("tool_"): {**passage.facts, "size": passage.size, "body": body},
        }
    )
