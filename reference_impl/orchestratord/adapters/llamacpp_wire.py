"""llama.cpp's wire format: the lines of a completion stream, properties, and what an error status means.

No connections here.
"""

from typing import Any

import msgspec

from orchestratord.adapters.base import Chunk, Finished, FinishReason, GenerateRequest
from orchestratord.adapters.facts import least, named_version
from orchestratord.adapters.parsing import NO_ITEM, Count, StreamParser, read, read_or
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.refusals import loading, refusal, refused
from orchestratord.adapters.sse import malformed, stream_error
from orchestratord.core.engine_failures import EngineFailure
from orchestratord.core.worker_states import EngineFacts

KV_USAGE = "llamacpp:kv_cache_usage_ratio"
"""The gauge of KV cache usage; newer builds have none."""


class _Item(msgspec.Struct, gc=False):
    content: str | None = None
    stop: bool = False
    id_slot: int | None = None
    tokens_predicted: Count | None = None
    tokens_evaluated: Count | None = None
    stop_type: str | None = None
    error: Any = None


class _Settings(msgspec.Struct):
    n_ctx: Count | None = None


class _Properties(msgspec.Struct):
    default_generation_settings: _Settings = msgspec.field(default_factory=_Settings)
    total_slots: Count | None = None
    model_path: str | None = None
    build_info: str | None = None


class _Slot(msgspec.Struct):
    id: int
    is_processing: bool


class _Error(msgspec.Struct):
    message: str = ""
    type: str = ""


class _ErrorBody(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


class _Tokens(msgspec.Struct):
    tokens: list[Any]


_item = msgspec.json.Decoder(_Item)
_properties = msgspec.json.Decoder(_Properties)
_slots = msgspec.json.Decoder(list[_Slot])
_error_body = msgspec.json.Decoder(_ErrorBody)
_tokens = msgspec.json.Decoder(_Tokens)


def completion_body(request: GenerateRequest) -> dict[str, Any]:
    """The body of `POST /completion`."""
    # OC-ADAPT-5010
    sampler = request.sampler
    return {
        "prompt": request.prompt,
        "n_predict": request.max_tokens,
        "stream": True,
        "seed": request.seed,
        "temperature": sampler.temperature,
        "top_k": sampler.top_k,
        "top_p": sampler.top_p,
        "min_p": sampler.min_p,
        "stop": list(sampler.stop),
        "cache_prompt": request.reuse_cache,
    }


class LlamaCppParser(StreamParser):
    """A completion's stream; remembers the slot that serves it."""

    def __init__(self) -> None:
        super().__init__()
        self.slot: int | None = None

    def item(self, data: bytes) -> Chunk | None:
        item = read(_item, data, NO_ITEM)
        if item.error is not None:
            raise stream_error()
        if item.content is None:
            raise malformed("an item without content")
        if item.id_slot is not None and item.id_slot >= 0:  # -1 is no slot yet
            self.slot = item.id_slot
        texts = (item.content,) if item.content else ()
        count = item.tokens_predicted
        if not item.stop:
            return Chunk(texts, count) if texts or count is not None else None
        reason: FinishReason = "length" if item.stop_type == "limit" else "stop"
        return Chunk(texts, count, Finished(reason, count, item.tokens_evaluated))


def refuse(status: int, media_type: str, body: bytes) -> EngineFailure:
    """What an answer that is not 200 means."""
    error = read_or(_error_body, body, _ErrorBody()).error
    if status == 503 and "loading" in error.message.lower():
        return loading()
    if status == 400 and error.type == "exceed_context_size_error":
        return refused("since it exceeds the engine's context")
    return refusal(status)


def facts(properties: bytes, plan: AdapterPlan) -> EngineFacts:
    """What `GET /props` says. Raises EngineFailure when it cannot be read."""
    props = read(_properties, properties, "properties that cannot be read")
    ctx = props.default_generation_settings.n_ctx
    if ctx is None or ctx < 1:
        raise malformed("properties without a context")
    path = props.model_path
    return EngineFacts(
        version=named_version(props.build_info),
        slots=least(1 if props.total_slots is None else props.total_slots, plan.slots),
        ctx=ctx,
        model=path.replace("\\", "/").rsplit("/", 1)[-1] if path else None,
    )


def busy_slots(body: bytes) -> set[int] | None:
    """The ids of the slots that `GET /slots` shows at work; None when it cannot be read."""
    slots = read_or(_slots, body, None)
    return None if slots is None else {slot.id for slot in slots if slot.is_processing}


def token_count(body: bytes) -> int | None:
    """How many tokens `POST /tokenize` found; None when it cannot be read."""
    found = read_or(_tokens, body, None)
    return None if found is None else len(found.tokens)
