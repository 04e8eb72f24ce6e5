"""llama.cpp's wire format: the lines of a completion stream, properties, and what an error status means.

No connections here.
"""

from typing import Annotated, Any, TypeAlias

import msgspec

from orchestratord.adapters.base import Chunk, Finished, GenerateRequest
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.worker_states import EngineFacts

MAX_LINE_BYTES = 8 * 1024 * 1024
UNKNOWN_VERSION = "unknown"

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A number of something: what is no such number would break every sum that it goes into."""


class _Item(msgspec.Struct):
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


class StreamParser:
    """Bytes of a completion stream in, chunks out; remembers the slot that serves it and what is left of a
    line.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._finished = False
        self.slot: int | None = None

    def feed(self, data: bytes) -> Chunk | None:
        """Take bytes in; answers what they completed, None when that is nothing. Raises EngineFailure."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_LINE_BYTES:
            raise malformed("a line without end")
        texts: list[str] = []
        count: int | None = None
        finished: Finished | None = None
        for line in lines:
            item = self._item(line.rstrip(b"\r"))
            if item is None:
                continue
            if item.content:
                texts.append(item.content)
            count = item.tokens_predicted if item.tokens_predicted is not None else count
            if item.stop:
                self._finished = True
                finished = Finished(
                    "length" if item.stop_type == "limit" else "stop",
                    item.tokens_predicted,
                    item.tokens_evaluated,
                )
        return Chunk(tuple(texts), count, finished) if texts or finished or count is not None else None

    def _item(self, line: bytes) -> _Item | None:
        if not line or line.startswith(b":") or self._finished:
            return None
        field, _, value = line.partition(b":")
        if field == b"error":
            raise EngineFailure(FailureKind.STREAM_ERROR, "the engine reported an error inside the stream")
        if field in (b"event", b"id", b"retry"):
            return None
        value = value.strip()
        if field != b"data":
            raise malformed("a line that is no field of an event stream")
        if value == b"[DONE]":
            return None
        try:
            item = _item.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise malformed("an item that is not the expected JSON") from None
        if item.error is not None:
            raise EngineFailure(FailureKind.STREAM_ERROR, "the engine reported an error inside the stream")
        if item.content is None:
            raise malformed("an item without content")
        if item.id_slot is not None:
            self.slot = item.id_slot
        return item


def malformed(what: str) -> EngineFailure:
    """The failure of an engine that sent something that cannot be read."""
    return EngineFailure(FailureKind.MALFORMED, f"the engine sent {what}")


def refusal(status: int, body: bytes) -> EngineFailure:
    """What an answer that is not 200 means.

    The engine's own text may quote the prompt and is not passed on.
    """
    try:
        error = _error_body.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        error = _Error()
    if status == 429:
        return EngineFailure(FailureKind.BUSY, "the engine has no free slot")
    if status == 503:
        if "loading" in error.message.lower():
            return EngineFailure(FailureKind.NOT_READY, "the engine is loading its model")
        return EngineFailure(FailureKind.BUSY, "the engine has no free slot")
    if status in (400, 413, 422):
        if error.type == "exceed_context_size_error":
            return EngineFailure(
                FailureKind.REFUSED, "the engine refused the task: it exceeds the engine's context"
            )
        return EngineFailure(FailureKind.REFUSED, f"the engine refused the task with status {status}")
    return EngineFailure(FailureKind.FAULT, f"the engine answered with status {status}")


def facts(properties: bytes, kv_usage: float | None) -> EngineFacts:
    """What `GET /props` says. Raises EngineFailure when it cannot be read."""
    try:
        props = _properties.decode(properties)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise malformed("properties that cannot be read") from None
    ctx = props.default_generation_settings.n_ctx
    if ctx is None or ctx < 1:
        raise malformed("properties without a context")
    path = props.model_path
    return EngineFacts(
        version=(props.build_info or UNKNOWN_VERSION)[:128],
        slots=1 if props.total_slots is None else props.total_slots,
        ctx=ctx,
        model=path.replace("\\", "/").rsplit("/", 1)[-1] if path else None,
        kv_usage=kv_usage,
    )


def busy_slots(body: bytes) -> set[int] | None:
    """The ids of the slots that `GET /slots` shows at work; None when it cannot be read."""
    try:
        return {slot.id for slot in _slots.decode(body) if slot.is_processing}
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def token_count(body: bytes) -> int | None:
    """How many tokens `POST /tokenize` found; None when it cannot be read."""
    try:
        return len(_tokens.decode(body).tokens)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def kv_usage(exposition: bytes) -> float | None:
    """The engine's own gauge of KV cache usage, from 0 to 1; None where its build has none."""
    for line in exposition.splitlines():
        name, _, value = line.partition(b" ")
        if name == b"llamacpp:kv_cache_usage_ratio":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return None
    return None
