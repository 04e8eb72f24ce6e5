"""The wire format of OpenAI's API for completions and embeddings, as any compatible server speaks it.

Nothing but `/v1/models`, `/v1/completions` and `/v1/embeddings`: no health, no version, no metrics.
"""

import time
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from orchqueue.kit.engine.ask import Ask, Workload
from orchqueue.kit.engine.facts import Facts, Progress
from orchqueue.kit.engine.reading import Fields, base64_vector, inputs_of, parse, prompt_of
from orchqueue.kit.engine.wire import (
    Answer,
    Data,
    End,
    Event,
    Manners,
    RefusedError,
    Step,
    Talk,
    Wire,
    json_answer,
)

_KINDS = {429: "rate_limit_error", 500: "server_error", 503: "server_error"}
_WORK: dict[str, Workload] = {"/v1/completions": "completion", "/v1/embeddings": "embedding"}
_DEFAULT_TOKENS = 16


class OpenAiTalk(Talk):
    """One answer to `POST /v1/completions`. Usage comes by itself, in a last chunk without choices."""

    def __init__(self, ask: Ask, facts: Facts, progress: Progress) -> None:
        super().__init__(ask, facts, progress)
        self.told = False
        self._head = {
            "id": f"cmpl-{uuid.uuid4().hex}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": facts.model,
        }

    def token(self, step: Step) -> list[Event]:
        self.told = step.end is not None
        return [Event(self._chunk(step.text, step.end), last=self.told)]

    def end(self, end: End) -> list[Event]:
        events = [] if self.told else [Event(self._chunk(end.rest, end), last=True)]
        if self.option("include_usage"):
            events.append(Event({**self._head, "choices": [], "usage": self.usage()}, last=True))
        return events

    def whole(self, end: End) -> Data:
        return {**self._head, "choices": [self.choice(end.text, end)], "usage": self.usage()}

    def option(self, name: str) -> bool:
        """Return one of the request's `stream_options`."""
        options = self.ask.body.get("stream_options")
        return isinstance(options, dict) and options.get(name) is True

    def usage(self) -> Data:
        """Return the tokens so far."""
        prompt, generated = self.ask.prompt_tokens, self.progress.decoded
        return {"prompt_tokens": prompt, "completion_tokens": generated, "total_tokens": prompt + generated}

    def choice(self, text: str, end: End | None) -> Data:
        """Return the one choice."""
        return {"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason(end)}

    def _chunk(self, text: str, end: End | None) -> Data:
        return {**self._head, "choices": [self.choice(text, end)], **self.chunk_usage()}

    def chunk_usage(self) -> Data:
        """Return what a chunk with a choice says of usage."""
        return {"usage": None} if self.option("include_usage") else {}


class OpenAi(Wire):
    """Any OpenAI-compatible server. It has no version of its own to tell."""

    version: ClassVar[str] = ""
    manners: ClassVar[Manners] = Manners(done=True)
    needs_model: ClassVar[bool] = True

    def workload(self, method: str, path: str) -> Workload | None:
        return _WORK.get(path) if method == "POST" else None

    def page(self, method: str, path: str, body: bytes, facts: Facts) -> Answer:
        if method == "GET" and path == "/v1/models":
            return json_answer({"object": "list", "data": [self.model(facts)]})
        raise self.refusal(404, f"Invalid URL ({method} {path})", "invalid_request_error")

    def metrics(self, facts: Facts) -> Answer:
        raise self.refusal(404, "Invalid URL (GET /metrics)", "invalid_request_error")

    def model(self, facts: Facts) -> Data:
        """Return the entry of `GET /v1/models`."""
        return {"id": facts.model, "object": "model", "created": 1700000000, "owned_by": "system"}

    def read(self, workload: Workload, path: str, body: bytes, facts: Facts) -> Ask:
        data = self.checked(body, facts)
        return self.completion(data, path) if workload == "completion" else self.embedding(data, path)

    def talk(self, ask: Ask, facts: Facts, progress: Progress) -> Talk:
        return OpenAiTalk(ask, facts, progress)

    def refusal(self, status: int, message: str, kind: str | None = None) -> RefusedError:
        kind = kind or _KINDS.get(status, "invalid_request_error")
        return RefusedError(
            status, {"error": {"message": message, "type": kind, "param": None, "code": None}}
        )

    def busy(self, *, stream: bool) -> RefusedError:
        return self.refusal(429, "Rate limit reached for requests")

    def loading(self, method: str, path: str) -> RefusedError | None:
        return self.refusal(503, "The model is loading")

    def failure(self, message: str, kind: str | None, *, stream: bool) -> RefusedError:
        return self.refusal(500, message, kind)

    def wrong(self, name: str, wanted: str, value: Any) -> RefusedError:
        """Refuse a field of the wrong type."""
        return self.refusal(400, f"Invalid type for '{name}': expected {wanted}, got {value!r}")

    def checked(self, body: bytes, facts: Facts) -> Data:
        """Return the body of a request for this engine's model; raises RefusedError."""
        try:
            data = parse(body)
        except ValueError as error:
            raise self.refusal(400, f"We could not parse the JSON body of your request: {error}") from error
        if not isinstance(data, dict):
            raise self.wrong("body", "object", data)
        model = Fields(data, self.wrong).text("model")
        if model is None and self.needs_model:
            raise self.refusal(400, "you must provide a model parameter")
        if model is not None and model != facts.model:
            raise self.refusal(404, f"The model `{model}` does not exist")
        return data

    def completion(self, data: Data, path: str) -> Ask:
        """Read a completion of a body that is checked; raises RefusedError."""
        prompt = prompt_of(data.get("prompt"))
        if prompt is None:
            raise self.wrong("prompt", "string or array", data.get("prompt"))
        text, tokens = prompt
        fields = Fields(data, self.wrong)
        most, temperature = fields.integer("max_tokens"), fields.number("temperature")
        return Ask(
            "completion",
            path,
            prompt=text,
            prompt_tokens=tokens,
            stream=bool(fields.boolean("stream")),
            max_tokens=most,
            limit=_DEFAULT_TOKENS if most is None else most,
            seed=fields.integer("seed"),
            temperature=temperature,
            top_k=fields.integer("top_k"),
            top_p=fields.number("top_p"),
            min_p=fields.number("min_p"),
            stop=fields.texts("stop") or (),
            priority=fields.integer("priority") or 0,
            greedy=temperature == 0,
            body=data,
        )

    def check(self, ask: Ask, facts: Facts) -> RefusedError | None:
        if ask.workload != "completion":
            return None
        invalid = next((message for refused, message in self.rules(ask, facts) if refused), None)
        return None if invalid is None else self.refusal(400, invalid)

    def rules(self, ask: Ask, facts: Facts) -> list[tuple[bool, str]]:
        """Return what a completion may break, each with whether it does and what is said then."""
        cold = ask.temperature is not None and ask.temperature < 0
        return [
            (ask.limit < 1, f"max_tokens must be at least 1, got {ask.limit}."),
            (cold, f"temperature must be non-negative, got {ask.temperature}."),
            (ask.top_p is not None and not 0 < ask.top_p <= 1, f"top_p must be in (0, 1], got {ask.top_p}."),
            (ask.prompt_tokens + ask.limit > facts.ctx, _too_long(ask, facts)),
        ]

    def embedding(self, data: Data, path: str) -> Ask:
        """Read an embedding of a body that is checked; raises RefusedError."""
        inputs = inputs_of(data.get("input"))
        if inputs is None:
            raise self.wrong("input", "string or array", data.get("input"))
        if data.get("encoding_format", "float") not in {"float", "base64"}:
            raise self.wrong("encoding_format", "'float' or 'base64'", data["encoding_format"])
        return Ask("embedding", path, inputs=inputs[0], prompt_tokens=inputs[1], body=data)

    def embeddings(self, ask: Ask, facts: Facts, vectors: Sequence[list[float]]) -> Any:
        encoded = ask.body.get("encoding_format") == "base64"
        data = [
            {"object": "embedding", "index": n, "embedding": base64_vector(vector) if encoded else vector}
            for n, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": ask.prompt_tokens, "total_tokens": ask.prompt_tokens}
        return {"object": "list", "data": data, "model": facts.model, "usage": usage}


def finish_reason(end: End | None) -> str | None:
    """Return OpenAI's word for an end: a stop word stops as the model does."""
    return None if end is None else "length" if end.reason == "length" else "stop"


def _too_long(ask: Ask, facts: Facts) -> str:
    """Return what is said of a request that does not fit into the context."""
    total = ask.prompt_tokens + ask.limit
    return (
        f"This model's maximum context length is {facts.ctx} tokens. However, you requested {total} tokens "
        f"({ask.prompt_tokens} in the prompt, {ask.limit} in the completion). Please reduce their length."
    )
