"""The wire format of NVIDIA's Triton Inference Server: its generate extension, for one model that streams.

A stream ends when the connection's answer does; nothing in it tells of the end. Metrics have a port of their
own.
"""

import re
from typing import Any, ClassVar

from orchqueue.kit.engine.ask import Ask, Workload
from orchqueue.kit.engine.exposition import Exposition
from orchqueue.kit.engine.facts import Facts, Progress
from orchqueue.kit.engine.reading import Fields, count, parse
from orchqueue.kit.engine.wire import (
    Answer,
    Data,
    End,
    Event,
    RefusedError,
    Step,
    Talk,
    Wire,
    json_answer,
)

_MODEL = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?(?:/(ready|generate|generate_stream))?$")
_PLAIN = "text/plain"
_VERSION = "1"
_DEFAULT_TOKENS = 16
_EXTENSIONS = [
    "classification",
    "sequence",
    "model_repository",
    "schedule_policy",
    "model_configuration",
    "parameters",
    "statistics",
]


class TritonTalk(Talk):
    """One answer to `POST /v2/models/{model}/generate_stream` or `/generate`."""

    def token(self, step: Step) -> list[Event]:
        return [Event(self._output(step.text), last=step.end is not None)]

    def end(self, end: End) -> list[Event]:
        return [Event(self._output(end.rest), last=True)] if end.rest else []

    def whole(self, end: End) -> Data:
        if self.progress.decoded != 1:  # each token is a response of its own
            return {"error": _ONE_RESPONSE}
        return self._output(end.text)

    def _output(self, text: str) -> Data:
        return {"model_name": self.facts.model, "model_version": _VERSION, "text_output": text}


class Triton(Wire):
    """Triton. What fails before the first response is 400, in a stream with the stream's content type."""

    version: ClassVar[str] = "2.51.0"
    own_metrics_port: ClassVar[bool] = True

    def workload(self, method: str, path: str) -> Workload | None:
        found = _MODEL.match(path)
        asked = found is not None and found[3] in {"generate", "generate_stream"}
        return "completion" if method == "POST" and asked else None

    def page(self, method: str, path: str, body: bytes, facts: Facts) -> Answer:
        match method, path:
            case "GET", "/v2/health/live" | "/v2/health/ready":
                return Answer(200, _PLAIN)
            case "GET", "/v2":
                about = {"name": "triton", "version": facts.version, "extensions": _EXTENSIONS}
                return json_answer(about)
        found = _MODEL.match(path)
        if found is None:
            raise RefusedError(404, {"error": "Not Found"})
        if method != "GET" or found[3] in {"generate", "generate_stream"}:
            raise RefusedError(405, {"error": "Method Not Allowed"})
        if found[3] == "ready":
            if found[1] != facts.model:
                raise RefusedError(400, {"error": "Model version not ready"})
            return Answer(200, _PLAIN)
        self._known(found[1], facts)
        return json_answer(_metadata(facts.model))

    def metrics(self, facts: Facts) -> Answer:
        totals, out = facts.totals, Exposition("nv_inference_", {"model": facts.model, "version": _VERSION})
        out.counter("request_success", totals.succeeded)
        out.counter("request_failure", totals.failed, reason="BACKEND")
        # Stays 0 in Triton 2.51, however many clients leave.
        out.counter("request_failure", 0, reason="CANCELED")
        out.counter("count", totals.succeeded)
        out.counter("exec_count", totals.succeeded)
        out.counter("request_duration_us", round((totals.prompt_ms + totals.predicted_ms) * 1000))
        out.counter("compute_infer_duration_us", round(totals.predicted_ms * 1000))
        out.gauge("pending_request_count", facts.waiting)
        return Answer(200, "text/plain; charset=utf-8", out.text())

    def read(self, workload: Workload, path: str, body: bytes, facts: Facts) -> Ask:
        found = _MODEL.match(path)
        self._known(found[1] if found is not None else "", facts)
        data = _object(body)
        text = Fields(data, _wrong_tensor).text("text_input")
        if text is None:
            raise RefusedError(400, {"error": f"{_MISSING} for model '{facts.model}'. {_PROVIDE}"})
        fields = Fields(_parameters(data), _wrong_tensor)
        most, tokens = fields.integer("max_tokens"), count(text)
        temperature, seed = fields.number("temperature"), fields.integer("seed")
        stop = fields.text("stop")
        return Ask(
            "completion",
            path,
            prompt=text,
            prompt_tokens=tokens,
            stream=found is not None and found[3] == "generate_stream",
            max_tokens=most,
            limit=max(0, min(facts.ctx - tokens, _DEFAULT_TOKENS if most is None else most)),
            seed=fields.integer("random_seed") if seed is None else seed,
            temperature=temperature,
            top_k=fields.integer("top_k"),
            top_p=fields.number("top_p"),
            min_p=fields.number("min_p"),
            stop=(stop,) if stop else fields.texts("stop_words") or (),
            greedy=temperature == 0,
            body=data,
        )

    def talk(self, ask: Ask, facts: Facts, progress: Progress) -> Talk:
        return TritonTalk(ask, facts, progress)

    def refusal(self, status: int, message: str, kind: str | None = None) -> RefusedError:
        return RefusedError(status, {"error": message})

    def busy(self, *, stream: bool) -> RefusedError:
        return self.refusal(503, "Exceeds maximum queue size")

    def loading(self, method: str, path: str) -> RefusedError | None:
        if path in {"/v2/health/live", "/v2"}:
            return None
        found = _MODEL.match(path)
        if path == "/v2/health/ready" or (found is not None and found[3] == "ready"):
            return self.refusal(400, "Model version not ready")
        return self.refusal(503, "Request for unknown model: the model has no available versions")

    def failure(self, message: str, kind: str | None, *, stream: bool) -> RefusedError:
        return RefusedError(400, {"error": message}, as_event=stream)

    @staticmethod
    def _known(model: str, facts: Facts) -> None:
        if model != facts.model:
            raise RefusedError(404, {"error": f"Request for unknown model: '{model}' is not found"})


_ONE_RESPONSE = (
    "generate expects model to produce exactly 1 response, use generate stream for model that generates "
    "various number of responses"
)
_MISSING = "[request id: <id_unknown>] expected number of inputs between 1 and 2 but got 0 inputs"
_PROVIDE = (
    "Got input(s) [], but missing required input(s) ['text_input']. Please provide all required input(s)."
)


def _metadata(model: str) -> Data:
    inputs = [_tensor("text_input", "BYTES"), _tensor("max_tokens", "INT32")]
    return {
        "name": model,
        "versions": [_VERSION],
        "platform": "python",
        "inputs": inputs,
        "outputs": [_tensor("text_output", "BYTES")],
    }


def _tensor(name: str, kind: str) -> Data:
    return {"name": name, "datatype": kind, "shape": [1]}


def _parameters(data: Data) -> Data:
    """Return parameters and tensors alike: those beside `text_input`, and those in `parameters`."""
    inner = data.get("parameters", {})
    if not isinstance(inner, dict):
        raise RefusedError(500, {"error": "attempt to get members for non-object"})
    for name, value in inner.items():
        if not isinstance(value, str | int | float | bool):
            message = f"parameter '{name}' has invalid type. It should be either 'int', 'bool', or 'string'."
            raise RefusedError(400, {"error": f"Converting keyword: 'parameters': {message}"})
    return {name: value for name, value in data.items() if name != "parameters"} | inner


def _object(body: bytes) -> Data:
    try:
        data = parse(body)
    except ValueError as error:
        raise RefusedError(500, {"error": f"failed to parse the request JSON buffer: {error}"}) from error
    if not isinstance(data, dict):
        raise RefusedError(500, {"error": "attempt to get members for non-object"})
    return data


def _wrong_tensor(name: str, wanted: str, value: Any) -> RefusedError:
    return RefusedError(
        500, {"error": f"Unable to parse '{name}': attempt to access JSON {value!r} as {wanted}"}
    )
