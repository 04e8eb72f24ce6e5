"""OpenAI's wire format as vLLM and others speak it: chunks of a completion, models, and what an error means.

No connections here.
"""

from typing import Any

import msgspec

from orchestratord.adapters.base import Chunk, Finished, FinishReason, GenerateRequest
from orchestratord.adapters.parsing import NO_ITEM, Count, StreamParser, read, read_or
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.adapters.refusals import refusal
from orchestratord.adapters.sse import malformed, stream_error
from orchestratord.core.engine_failures import EngineFailure, FailureKind

COMPLETIONS = "/v1/completions"
MODELS = "/v1/models"

_FAILED = frozenset({"abort", "error"})


class _Choice(msgspec.Struct, gc=False):
    index: int = 0
    text: str | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None


class _Item(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None
    object: str | None = None


class Model(msgspec.Struct):
    """One entry of `GET /v1/models`, with the names that servers have for its context."""

    id: str
    max_model_len: Count | None = None
    context_length: Count | None = None
    context_window: Count | None = None
    n_ctx: Count | None = None

    @property
    def ctx(self) -> int | None:
        """Its context in tokens, None where none is told."""
        told = (self.max_model_len, self.context_length, self.context_window, self.n_ctx)
        return next((ctx for ctx in told if ctx), None)


class _Models(msgspec.Struct):
    data: list[Model]


class _Error(msgspec.Struct):
    message: str | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


_item = msgspec.json.Decoder(_Item)
_models = msgspec.json.Decoder(_Models)
_error_body = msgspec.json.Decoder(_ErrorBody)


def completion_body(request: GenerateRequest, model: str) -> dict[str, Any]:
    """The body of `POST /v1/completions`: what OpenAI's API has a name for."""
    # OC-ADAPT-5010, OC-ADAPT-5092
    sampler = request.sampler
    body: dict[str, Any] = {
        "model": model,
        "prompt": request.prompt,
        "max_tokens": request.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        "seed": request.seed,
        "temperature": sampler.temperature,
        "top_p": sampler.top_p,
    }
    if sampler.stop:
        body["stop"] = list(sampler.stop)
    return body


class OpenAiParser(StreamParser):
    """A completion's stream. It is over when a chunk has told why and the usage has come, or will not."""

    def __init__(self) -> None:
        super().__init__()
        self._reason: FinishReason | None = None
        self._usage = _Usage()

    def item(self, data: bytes) -> Chunk | None:
        item = read(_item, data, NO_ITEM)
        # OC-ADAPT-5022, OC-ADAPT-5091
        if item.error is not None or item.object == "error":
            raise stream_error()
        if item.choices is None and item.usage is None:
            raise malformed("an item without choices")
        self._usage = item.usage or self._usage
        texts: tuple[str, ...] = ()
        for choice in item.choices or ():
            text = self._text(choice)
            if text:
                texts += (text,)
        if self._reason is not None and item.usage is not None:
            return self._over(texts)
        count = self._usage.completion_tokens
        return Chunk(texts, count) if texts or count is not None else None

    def done(self) -> Chunk | None:
        return None if self._reason is None else self._over(())

    def end(self) -> Chunk | None:
        return super().end() if self._reason is None or self._finished else self._over(())

    def _text(self, choice: _Choice) -> str | None:
        if choice.finish_reason is None:
            if choice.text is None:
                raise malformed("an item without text")
            return choice.text
        if choice.finish_reason in _FAILED:
            raise stream_error()
        self._reason = "length" if choice.finish_reason == "length" else "stop"
        return choice.text

    def _over(self, texts: tuple[str, ...]) -> Chunk:
        usage = self._usage
        assert self._reason is not None
        return Chunk(
            texts,
            usage.completion_tokens,
            Finished(self._reason, usage.completion_tokens, usage.prompt_tokens),
        )


def refuse(status: int, media_type: str, body: bytes) -> EngineFailure:
    """What an answer that is not 200 means."""
    error = read_or(_error_body, body, _ErrorBody()).error
    return refusal(status, error.message or "")


def chosen(models: bytes, plan: AdapterPlan) -> Model:
    """The model to ask for: the one that is named in the configuration, or else the first that is there.

    Raises EngineFailure when there is none, or not the one that has to be.
    """
    listed = read(_models, models, "a list of models that cannot be read").data
    wanted = plan.engine_model or plan.model
    found = next((model for model in listed if model.id == wanted), None)
    if found is None and (plan.engine_model is not None or not listed):
        raise EngineFailure(FailureKind.NOT_READY, "the engine does not have the model")
    return found or listed[0]
