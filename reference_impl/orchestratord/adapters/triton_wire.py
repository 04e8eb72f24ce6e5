"""Triton's wire format: what a model takes and gives, the items of `generate_stream`, and what a status
means.

No connections here.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from orchestratord.adapters.base import Chunk, Finished, GenerateRequest
from orchestratord.adapters.growth import Growth, Manner
from orchestratord.adapters.parsing import NO_ITEM, Count, StreamParser, read, read_or, reason_for
from orchestratord.adapters.refusals import refusal
from orchestratord.adapters.sse import malformed, stream_error
from orchestratord.adapters.stops import StopCutter
from orchestratord.core.engine_failures import EngineFailure, FailureKind

EVENT_STREAM = "text/event-stream"

_ASKED_FOR = ("return_num_input_tokens", "return_num_output_tokens", "return_finish_reason")
_NO_MODEL = ("unknown model", "not ready")


class _Server(msgspec.Struct):
    version: str | None = None


class _Tensor(msgspec.Struct):
    name: str


class Metadata(msgspec.Struct):
    """`GET /v2/models/<m>`: the names of what it takes and gives."""

    inputs: list[_Tensor] = []
    outputs: list[_Tensor] = []

    def takes(self) -> frozenset[str]:
        """The names of its inputs."""
        return frozenset(tensor.name for tensor in self.inputs)


class _Parameter(msgspec.Struct):
    string_value: str | None = None


class Configuration(msgspec.Struct):
    """`GET /v2/models/<m>/config`, as far as it is of use."""

    parameters: dict[str, _Parameter] = {}

    @property
    def trtllm_version(self) -> str | None:
        """The version of TensorRT-LLM, where the model names one."""
        parameter = self.parameters.get("trtllm_version")
        return None if parameter is None else parameter.string_value


class _Item(msgspec.Struct):
    text_output: str | list[str] | None = None
    num_output_tokens: Count | list[Count] | None = None
    num_input_tokens: Count | list[Count] | None = None
    finish_reason: str | list[str] | None = None
    error: Any = None


class _Error(msgspec.Struct):
    error: str | None = None


_server = msgspec.json.Decoder(_Server)
_metadata = msgspec.json.Decoder(Metadata)
_configuration = msgspec.json.Decoder(Configuration)
_item = msgspec.json.Decoder(_Item)
_error = msgspec.json.Decoder(_Error)


def server_version(body: bytes) -> str | None:
    """The version that `GET /v2` tells. Raises EngineFailure when it cannot be read."""
    return read(_server, body, "metadata that cannot be read").version


def metadata(body: bytes) -> Metadata:
    """What `GET /v2/models/<m>` says. Raises EngineFailure when it cannot be read."""
    return read(_metadata, body, "a model's metadata that cannot be read")


def configuration(body: bytes) -> Configuration:
    """What `GET /v2/models/<m>/config` says; nothing where it cannot be read."""
    return read_or(_configuration, body, Configuration())


def generate_body(request: GenerateRequest, takes: frozenset[str]) -> dict[str, Any]:
    """The body of `generate_stream` for a model that has these inputs.

    Triton gives a parameter to the model's input of that name, where there is one; only inputs may be lists.
    """
    # OC-ADAPT-5010, OC-ADAPT-5062
    body: dict[str, Any] = {"text_input": request.prompt}
    values = _values(request)
    if "sampling_parameters" in takes:
        values = values | {"stop": list(request.sampler.stop)}
        body["parameters"] = {"sampling_parameters": json.dumps(values)}
    else:
        if "random_seed" in takes:
            values["random_seed"] = values.pop("seed")
        body["parameters"] = values
        if "stop_words" in takes and request.sampler.stop:
            body["stop_words"] = list(request.sampler.stop)
    body |= {name: True for name in ("stream", "exclude_input_in_output", *_ASKED_FOR) if name in takes}
    return body


def _values(request: GenerateRequest) -> dict[str, Any]:
    sampler = request.sampler
    values: dict[str, Any] = {"max_tokens": request.max_tokens, "seed": request.seed}
    if sampler.temperature > 0:
        values |= {"temperature": sampler.temperature, "top_p": sampler.top_p, "min_p": sampler.min_p}
        if sampler.top_k > 0:
            values["top_k"] = sampler.top_k
    else:
        values["top_k"] = 1
    return values


class TritonParser(StreamParser):
    """A completion's stream, which tells nothing of its end: it is over when it ends as HTTP wants it.

    `learnt` is told how the model writes its items once that is known.
    """

    def __init__(
        self, stop: tuple[str, ...], limit: int, manner: Manner, learnt: Callable[[Manner], None]
    ) -> None:
        super().__init__()
        self._cutter = StopCutter(stop)
        self._growth = Growth(manner)
        self._learnt = learnt
        self._limit = limit
        self._count = 0
        self._tokens_in: int | None = None
        self._told: str | None = None

    def item(self, data: bytes) -> Chunk | None:
        item = read(_item, data, NO_ITEM)
        # OC-ADAPT-5061
        if item.error is not None:
            raise stream_error()
        text = _only(item.text_output)
        if text is None:
            raise malformed("an item without text")
        counted = _only(item.num_output_tokens)
        self._count += 1 if counted is None else counted
        self._tokens_in = _only(item.num_input_tokens) or self._tokens_in
        self._told = _only(item.finish_reason) or self._told
        texts = self._shown(self._growth.feed(text))
        self._learnt(self._growth.manner)
        if self._cutter.stopped:
            return Chunk(texts, self._count, Finished("stop", self._count, self._tokens_in, at_rest=False))
        return Chunk(texts, self._count)

    def end(self) -> Chunk | None:
        if self._finished:
            return None
        texts = self._shown(self._growth.end())
        rest = self._cutter.rest()
        reason = reason_for(self._count, self._limit)
        if self._told in {"stop", "length"}:
            reason = "length" if self._told == "length" else "stop"
        if self._cutter.stopped:
            reason = "stop"
        texts = (*texts, rest) if rest else texts
        return Chunk(texts, self._count, Finished(reason, self._count, self._tokens_in))

    def _shown(self, texts: list[str]) -> tuple[str, ...]:
        return tuple(shown for text in texts if (shown := self._cutter.feed(text)))


def refuse(status: int, media_type: str, body: bytes) -> EngineFailure:
    """What an answer that is not 200 means."""
    if media_type == EVENT_STREAM:
        # OC-ADAPT-5061: the model has failed before its first response.
        return EngineFailure(FailureKind.FAULT, f"the engine's model failed with status {status}")
    message = read_or(_error, body, _Error()).error or ""
    if status in (400, 404, 503) and any(words in message.lower() for words in _NO_MODEL):
        return EngineFailure(FailureKind.NOT_READY, "the engine does not have the model ready")
    return refusal(status, message)


def _only(value: Any) -> Any:
    """The value of an output with one element, which comes as such or as a list."""
    if isinstance(value, list):
        return value[0] if value else None
    return value
