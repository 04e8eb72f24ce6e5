"""The wire format of Hugging Face's Text Generation Inference.

The last token's event tells of the end, and special tokens come as events whose text is no part of the text.
Its router answers `/generate_stream` with status 200 whatever follows: an overload and values that it
refuses are events of that stream, and only what is no such JSON at all has a status of its own. The statuses
that its documentation gives are those of `/generate`.
"""

from typing import Any, ClassVar

from orchqueue.kit.engine.ask import Ask, Workload
from orchqueue.kit.engine.exposition import Exposition
from orchqueue.kit.engine.facts import Facts, Progress
from orchqueue.kit.engine.reading import Fields, count, parse
from orchqueue.kit.engine.script import Piece, Special
from orchqueue.kit.engine.text import prompt_tokens, token_id
from orchqueue.kit.engine.wire import (
    EXPOSITION,
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

_KINDS = {
    422: "validation",
    424: "generation",
    429: "overloaded",
    500: "incomplete_generation",
    503: "healthcheck",
}
_MAX_CONCURRENT = 128
_MAX_STOP_WORDS = 4
_END_TOKEN = Special("</s>")
_REASONS = {"length": "length", "stop": "eos_token", "word": "stop_sequence"}


class TgiTalk(Talk):
    """One answer to `POST /generate_stream` or `/generate`."""

    def __init__(self, ask: Ask, facts: Facts, progress: Progress) -> None:
        super().__init__(ask, facts, progress)
        self._told = False
        self._pieces: list[Data] = []

    def token(self, step: Step) -> list[Event]:
        self._told = step.end is not None
        return [Event(self._chunk(step.piece, step.text, step.end), last=self._told)]

    def end(self, end: End) -> list[Event]:
        return [] if self._told else [Event(self._chunk(_END_TOKEN, "", end), last=True)]

    def whole(self, end: End) -> Data:
        answer: Data = {"generated_text": self._text(end)}
        if self._parameter("details"):
            answer["details"] = self._details(end) | {"prefill": [], "tokens": []}
        return answer

    def _chunk(self, piece: Piece, text: str, end: End | None) -> Data:
        special = isinstance(piece, Special)
        shown = piece.text if isinstance(piece, Special) else text
        return {
            "index": self.progress.decoded,
            "token": {"id": token_id(piece), "text": shown, "logprob": -0.5, "special": special},
            "generated_text": None if end is None else self._text(end),
            "details": None if end is None or not self._parameter("details") else self._details(end),
        }

    def _text(self, end: End) -> str:
        return self.ask.prompt + end.text if self._parameter("return_full_text") else end.text

    def _details(self, end: End) -> Data:
        return {
            "finish_reason": _REASONS[end.reason],
            "generated_tokens": self.progress.decoded,
            "seed": self.ask.seed,
            "input_length": self.ask.prompt_tokens,
        }

    def _parameter(self, name: str) -> bool:
        return bool(_parameters(self.ask.body).get(name))


class Tgi(Wire):
    """TGI. Headers go out at once; stop words are part of the text."""

    version: ClassVar[str] = "3.3.4"
    manners: ClassVar[Manners] = Manners(
        stream_headers=(
            ("content-type", "text/event-stream"),
            ("cache-control", "no-cache"),
            ("x-accel-buffering", "no"),
        ),
        early_headers=True,
        data_space=False,
    )
    shows_stop_words: ClassVar[bool] = True

    def workload(self, method: str, path: str) -> Workload | None:
        return "completion" if method == "POST" and path in {"/generate", "/generate_stream"} else None

    def page(self, method: str, path: str, body: bytes, facts: Facts) -> Answer:
        match method, path:
            case "GET", "/health":
                return Answer(200, None)
            case "GET", "/info":
                return json_answer(_info(facts))
            case "GET", "/metrics":
                return self.metrics(facts)
            case "POST", "/tokenize":
                return json_answer(_tokens(_inputs(_object(body))))
        raise RefusedError(404, {"error": "Not Found", "error_type": "not_found"})

    def metrics(self, facts: Facts) -> Answer:
        totals, out = facts.totals, Exposition("tgi_")
        out.gauge("queue_size", facts.waiting)
        out.gauge("batch_current_size", facts.running)
        out.gauge("batch_current_max_tokens", facts.running * facts.ctx)
        out.counter("request_count", totals.requests)
        out.counter("request_success", totals.succeeded)
        out.counter("request_failure", totals.failed, err="generation")
        out.histogram("request_queue_duration", [0.0] * totals.succeeded, (0.01, 0.1, 1.0))
        gaps = [each / 1000.0 for each in totals.gaps_ms]
        out.histogram("request_mean_time_per_token_duration", gaps, (0.001, 0.01, 0.1, 1.0))
        return Answer(200, EXPOSITION, out.text())

    def read(self, workload: Workload, path: str, body: bytes, facts: Facts) -> Ask:
        data = _object(body)
        inputs, fields = _inputs(data), Fields(_parameters(data), _wrong)
        most = fields.integer("max_new_tokens")
        tokens = count(inputs)
        temperature, top_k, top_p = (
            fields.number("temperature"),
            fields.integer("top_k"),
            fields.number("top_p"),
        )
        sampled = fields.boolean("do_sample") or (temperature, top_k, top_p) != (None, None, None)
        return Ask(
            "completion",
            path,
            prompt=inputs,
            prompt_tokens=tokens,
            stream=path == "/generate_stream",
            max_tokens=most,
            limit=facts.ctx - tokens if most is None else most,
            seed=fields.integer("seed"),
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            stop=fields.texts("stop") or (),
            greedy=not sampled,
            body=data,
        )

    def check(self, ask: Ask, facts: Facts) -> RefusedError | None:
        invalid = _invalid_value(ask, facts)
        return None if invalid is None else _invalid(invalid).told(in_stream=ask.stream)

    def talk(self, ask: Ask, facts: Facts, progress: Progress) -> Talk:
        return TgiTalk(ask, facts, progress)

    def refusal(self, status: int, message: str, kind: str | None = None) -> RefusedError:
        return RefusedError(
            status, {"error": message, "error_type": kind or _KINDS.get(status, "generation")}
        )

    def busy(self, *, stream: bool) -> RefusedError:
        return self.refusal(429, "Model is overloaded").told(in_stream=stream)

    def loading(self, method: str, path: str) -> RefusedError | None:
        return self.refusal(503, "unhealthy") if path != "/info" else None

    def failure(self, message: str, kind: str | None, *, stream: bool) -> RefusedError:
        return self.refusal(424, f"Request failed during generation: {message}", kind)


def _invalid_value(ask: Ask, facts: Facts) -> str | None:
    """Return what TGI's validation says of a value that it refuses, also where elsewhere it means "off"."""
    given = f"Given: {ask.prompt_tokens} `inputs` tokens and {ask.limit} `max_new_tokens`"
    rules = (
        (not ask.prompt, "`inputs` cannot be empty"),
        (ask.temperature is not None and ask.temperature <= 0, "`temperature` must be strictly positive"),
        (ask.top_p is not None and not 0 < ask.top_p < 1, "`top_p` must be > 0.0 and < 1.0"),
        (ask.top_k is not None and ask.top_k <= 0, "`top_k` must be strictly positive"),
        (ask.max_tokens == 0, "`max_new_tokens` must be strictly positive"),
        (
            len(ask.stop) > _MAX_STOP_WORDS,
            f"`stop` supports up to {_MAX_STOP_WORDS} stop sequences. Given: {len(ask.stop)}",
        ),
        (
            ask.prompt_tokens >= facts.ctx,
            f"`inputs` must have less than {facts.ctx} tokens. Given: {ask.prompt_tokens}",
        ),
        (
            ask.prompt_tokens + ask.limit > facts.ctx,
            f"`inputs` tokens + `max_new_tokens` must be <= {facts.ctx}. {given}",
        ),
    )
    return next((message for refused, message in rules if refused), None)


def _info(facts: Facts) -> Data:
    return {
        "model_id": facts.model,
        "model_sha": None,
        "model_pipeline_tag": "text-generation",
        "max_concurrent_requests": _MAX_CONCURRENT,
        "max_best_of": 2,
        "max_stop_sequences": _MAX_STOP_WORDS,
        "max_input_tokens": facts.ctx - 1,
        "max_total_tokens": facts.ctx,
        "validation_workers": 2,
        "max_client_batch_size": 4,
        "router": "text-generation-router",
        "version": facts.version,
        "sha": None,
        "docker_label": None,
    }


def _tokens(text: str) -> list[Data]:
    found, start = [{"id": 1, "text": "", "start": 0, "stop": 0}], 0
    for piece in prompt_tokens(text):
        found.append({"id": token_id(piece), "text": piece, "start": start, "stop": start + len(piece)})
        start += len(piece)
    return found


def _parameters(data: Any) -> Data:
    parameters = data.get("parameters")
    return parameters if isinstance(parameters, dict) else {}


def _inputs(data: Data) -> str:
    inputs = Fields(data, _wrong).text("inputs")
    if inputs is None:
        raise _wrong("inputs", "string", None)
    return inputs


def _object(body: bytes) -> Data:
    try:
        data = parse(body)
    except ValueError as error:
        raise _invalid(f"Failed to parse the request body as JSON: {error}") from error
    if not isinstance(data, dict):
        raise _wrong("body", "object", data)
    return data


def _wrong(name: str, wanted: str, value: Any) -> RefusedError:
    return _invalid(f"Failed to deserialize the JSON body: {name}: expected {wanted}, got {value!r}")


def _invalid(message: str) -> RefusedError:
    return RefusedError(422, {"error": f"Input validation error: {message}", "error_type": "validation"})
