"""TGI's wire format: items of `generate_stream`, `/info`, and what its errors mean, as a status or in a
stream.

No connections here.
"""

import re
from typing import Any

import msgspec

from orchestratord.adapters.base import Chunk, Finished, FinishReason, GenerateRequest
from orchestratord.adapters.facts import context, least, named_version
from orchestratord.adapters.parsing import NO_ITEM, Count, StreamParser, read, read_or, reason_for
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.refusals import busy, loading, refusal, refused
from orchestratord.adapters.sse import malformed, stream_error
from orchestratord.adapters.stops import StopCutter
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.worker_states import EngineFacts

GENERATE = "/generate_stream"
DEFAULT_STOPS = 4

_SHA256 = re.compile(r"[0-9a-f]{64}")


class _Token(msgspec.Struct):
    text: str
    special: bool = False


class _Details(msgspec.Struct):
    finish_reason: str | None = None
    generated_tokens: Count | None = None
    input_length: Count | None = None


class _Item(msgspec.Struct):
    token: _Token | None = None
    index: Count | None = None
    generated_text: str | None = None
    details: _Details | None = None
    error: Any = None
    error_type: str | None = None


class _Error(msgspec.Struct):
    error: str | None = None
    error_type: str | None = None


class Info(msgspec.Struct):
    """`GET /info`, in the words of its newer and older builds."""

    version: str | None = None
    model_id: str | None = None
    model_sha: str | None = None
    max_concurrent_requests: Count | None = None
    max_batch_size: Count | None = None
    max_total_tokens: Count | None = None
    max_stop_sequences: Count | None = None


class _Tokens(msgspec.Struct):
    id: Any


_item = msgspec.json.Decoder(_Item)
_error = msgspec.json.Decoder(_Error)
_info = msgspec.json.Decoder(Info)
_tokens = msgspec.json.Decoder(list[_Tokens])


def generate_body(request: GenerateRequest, most_stops: int) -> dict[str, Any]:
    """The body of `POST /generate_stream`, without the values that TGI refuses and takes for granted."""
    # OC-ADAPT-5010, OC-ADAPT-5042
    sampler = request.sampler
    parameters: dict[str, Any] = {
        "max_new_tokens": request.max_tokens,
        "seed": request.seed,
        "do_sample": sampler.temperature > 0,
        "stop": list(sampler.stop[:most_stops]),
        "details": True,
    }
    if sampler.temperature > 0:
        parameters["temperature"] = sampler.temperature
        if sampler.top_k > 0:
            parameters["top_k"] = sampler.top_k
        if sampler.top_p < 1:
            parameters["top_p"] = sampler.top_p
    return {"inputs": request.prompt, "parameters": parameters}


class TgiParser(StreamParser):
    """A completion's stream: an item for each token, and the end with the last."""

    def __init__(self, stop: tuple[str, ...], limit: int) -> None:
        super().__init__()
        self._cutter = StopCutter(stop)
        self._limit = limit
        self._count = 0

    def item(self, data: bytes) -> Chunk | None:
        item = read(_item, data, NO_ITEM)
        if item.error is not None or item.error_type is not None:
            raise failure_inside(item.error_type)
        if item.token is None:
            raise malformed("an item without a token")
        self._count = max(self._count + 1, item.index or 0)
        text = "" if item.token.special else self._cutter.feed(item.token.text)
        if item.generated_text is not None:
            return self._last(text + self._cutter.rest(), item.details or _Details())
        texts = (text,) if text else ()
        if self._cutter.stopped:
            return Chunk(texts, self._count, Finished("stop", self._count, at_rest=False))
        return Chunk(texts, self._count)

    def _last(self, text: str, details: _Details) -> Chunk:
        count = self._count if details.generated_tokens is None else details.generated_tokens
        reason: FinishReason = "length" if details.finish_reason == "length" else "stop"
        if details.finish_reason is None:
            reason = reason_for(count, self._limit)
        if self._cutter.stopped:
            reason = "stop"
        return Chunk((text,) if text else (), count, Finished(reason, count, details.input_length))


def failure_inside(kind: str | None) -> EngineFailure:
    """What an error inside a stream means: its builds say there what elsewhere is a status."""
    # OC-ADAPT-5041
    if kind == "overloaded":
        return busy()
    if kind == "validation":
        return refused("as invalid")
    if kind == "generation":
        return EngineFailure(FailureKind.FAULT, "the engine failed to generate")
    return stream_error()


def refuse(status: int, media_type: str, body: bytes) -> EngineFailure:
    """What an answer that is not 200 means."""
    error = read_or(_error, body, _Error())
    return loading() if error.error_type == "healthcheck" else refusal(status, error.error or "")


def info(body: bytes) -> Info:
    """What `GET /info` says. Raises EngineFailure when it cannot be read."""
    return read(_info, body, "information that cannot be read")


def facts(told: Info, plan: AdapterPlan) -> EngineFacts:
    """What an engine says about itself. Raises EngineFailure when it says too little."""
    requests = told.max_concurrent_requests
    if told.max_batch_size is not None:
        requests = least(told.max_batch_size, requests)
    sha = told.model_sha or ""
    return EngineFacts(
        version=named_version(told.version),
        slots=plan.slots or 1 if requests is None else least(requests, plan.slots),
        ctx=context(told.max_total_tokens, plan),
        model=told.model_id,
        # OC-ADAPT-5050
        model_digest=f"sha256:{sha}" if _SHA256.fullmatch(sha) else None,
    )


def token_count(body: bytes) -> int | None:
    """How many tokens `POST /tokenize` found; None when it cannot be read."""
    found = read_or(_tokens, body, None)
    return None if found is None else len(found)
