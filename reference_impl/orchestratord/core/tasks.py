"""What a task is: the request as the server understands it.

How it fares is in `task_states`, what it said in `event_log`.
"""

from hashlib import sha256
from typing import Literal

from msgspec import Struct, structs

from orchestratord.core._queue import BATCH, INTERACTIVE

Priority = Literal["interactive", "batch"]
Engine = Literal["llamacpp", "vllm", "tgi", "triton"]
Workload = Literal["completion", "embedding", "rerank"]

PRIORITY_RANK: dict[Priority, int] = {"interactive": INTERACTIVE, "batch": BATCH}
PRIORITIES: tuple[Priority, ...] = ("interactive", "batch")


class TaskKey(Struct, frozen=True, gc=False):
    """Names a task: ids belong to tenants, and two tenants may use the same one."""

    tenant: str
    task_id: str


class TaskSpec(Struct, frozen=True, gc=False):
    """A task as it was asked for, with defaults filled in; equal specs are equal submissions.

    `task_id` and `session_id` are lower-case UUIDs, `*_ms` durations from acceptance, `ctx` 0 means the
    model's own.
    """

    task_id: str
    session_id: str
    workload: Workload
    model_ref: str
    engine: Engine
    ctx: int
    priority: Priority
    deadline_ms: int
    max_queue_ms: int | None = None
    kv_hint: str | None = None
    prompt: str = ""
    inputs: tuple[str, ...] = ()
    max_tokens: int = 0
    seed: int | None = None
    determinism: str | None = None
    sampler_profile_version: str | None = None
    expected_tokens: int | None = None

    @property
    def strict(self) -> bool:
        """Whether equal inputs have to give it equal tokens."""
        return self.determinism == "strict"

    @property
    def reuses_cache(self) -> bool:
        """Whether the engine may use what it remembers of earlier prompts, and remember this one."""
        return self.workload == "completion" and self.kv_hint != "cold" and not self.strict

    def sequence_bytes(self) -> list[int]:
        """The sizes in bytes of UTF-8 of what the engine reads as one text each: the prompt, or each input,
        after the query if there is one.
        """
        size = utf8_bytes(self.prompt)
        return [size] if self.workload == "completion" else [size + utf8_bytes(text) for text in self.inputs]

    def sequence(self, number: int) -> str:
        """One of the texts that `sequence_bytes` counts."""
        return self.prompt if self.workload == "completion" else self.prompt + self.inputs[number]

    def without_text(self) -> "TaskSpec":
        """The task with a digest in place of its texts: enough to know an equal one by."""
        texts = repr((self.prompt, self.inputs)).encode()
        return structs.replace(self, prompt=sha256(texts).hexdigest(), inputs=())


def utf8_bytes(text: str) -> int:
    """Its size in UTF-8; most texts need no copy for that."""
    return len(text) if text.isascii() else len(text.encode())
