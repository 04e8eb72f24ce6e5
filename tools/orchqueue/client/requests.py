"""Requests with what most callers leave to chance or habit filled in."""

from typing import Any
from uuid import uuid4

from orchqueue_contract.models import CompletionRequest


def completion(
    prompt: str,
    *,
    model_ref: str,
    max_tokens: int,
    engine: str = "llamacpp",
    deadline_ms: int = 600_000,
    **others: Any,
) -> CompletionRequest:
    """A completion under a new task id, interactive, in a session of its own unless `others` say otherwise.

    `others` are fields of CompletionRequest; those that are None are left out. Raises pydantic's
    ValidationError, which names field and value.
    """
    fields = {
        "task_id": str(uuid4()),
        "session_id": str(uuid4()),
        "workload": "completion",
        "ctx": 0,
        "priority": "interactive",
        **{name: value for name, value in others.items() if value is not None},
        "prompt": prompt,
        "model_ref": model_ref,
        "max_tokens": max_tokens,
        "engine": engine,
        "deadline_ms": deadline_ms,
    }
    return CompletionRequest.model_validate(fields)
