"""The wire format of NVIDIA's Triton Inference Server: its generate extension, for one model that streams.

A stream ends when the connection's answer does; nothing in it tells of the end, but where the model has an
input that asks for it. What else is asked for comes as the model's backend wants it: as parameters, as inputs
of those names, or packed into the one parameter `sampling_parameters`. Metrics have a port of their own. The
shapes of what is only looked at are in `triton_pages`.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from orchqueue.kit.engine.ask import Ask, Workload
from orchqueue.kit.engine.facts import Facts, Progress
from orchqueue.kit.engine.formats import triton_pages as pages
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

_MODEL = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?(?:/(ready|config|generate|generate_stream))?$")
_PLAIN = "text/plain"
_DEFAULT_TOKENS = 16


class TritonTalk(Talk):
    """One answer to `POST /v2/models/{model}/generate_stream` or `/generate`."""

    def __init__(self, ask: Ask, facts: Facts, progress: Progress) -> None:
        super().__init__(ask, facts, progress)
        self._asked = _parameters(dict(ask.body), facts.takes)
        self._counted = 0
        self._told = False

    def token(self, step: Step) -> list[Event]:
        self._told = step.end is not None
        return [Event(self._output(step.text) | self._more(step.end), last=self._told)]

    def end(self, end: End) -> list[Event]:
        more = self._more(end)
        if self._told or not (end.rest or "finish_reason" in more):
            return []
        return [Event(self._output(end.rest) | more, last=True)]

    def whole(self, end: End) -> Data:
        if self.progress.decoded != 1:  # each token is a response of its own
            return {"error": _ONE_RESPONSE}
        return self._output(end.text)

    def _more(self, end: End | None) -> Data:
        """Return the outputs that inputs ask for; tokens are those since the last time."""
        reason = "None" if end is None else "length" if end.reason == "length" else "stop"
        tokens, self._counted = self.progress.decoded - self._counted, self.progress.decoded
        values = {
            "finish_reason": reason,
            "num_input_tokens": self.ask.prompt_tokens,
            "num_output_tokens": tokens,
        }
        wanted = (name for name in values if f"return_{name}" in self.facts.takes)
        return {name: values[name] for name in wanted if self._asked.get(f"return_{name}") is True}

    def _output(self, text: str) -> Data:
        return {"model_name": self.facts.model, "model_version": pages.VERSION, "text_output": text}


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
                return json_answer(pages.server(facts))
        found = _MODEL.match(path)
        if found is None:
            raise RefusedError(404, {"error": "Not Found"}, media_type=_PLAIN)
        if method != "GET" or found[3] in {"generate", "generate_stream"}:
            raise RefusedError(405, {"error": "Method Not Allowed"})
        if found[3] == "ready":
            if found[1] != facts.model:
                raise _not_ready()
            return Answer(200, _PLAIN)
        self._known(found[1], facts)
        return json_answer(pages.configuration(facts) if found[3] == "config" else pages.metadata(facts))

    def metrics(self, facts: Facts) -> Answer:
        return Answer(200, "text/plain; charset=utf-8", pages.metrics(facts))

    def read(self, workload: Workload, path: str, body: bytes, facts: Facts) -> Ask:
        found = _MODEL.match(path)
        assert found is not None  # or it would be no request for work
        self._known(found[1], facts)
        data = _object(body)
        text = Fields(data, _wrong_tensor).text("text_input")
        if text is None:
            raise RefusedError(400, {"error": f"{_MISSING} for model '{facts.model}'. {_PROVIDE}"})
        fields = Fields(_parameters(data, facts.takes), _wrong_tensor)
        most, tokens = fields.integer("max_tokens"), count(text)
        temperature, seed = fields.number("temperature"), fields.integer("seed")
        return Ask(
            "completion",
            path,
            prompt=text,
            prompt_tokens=tokens,
            stream=found[3] == "generate_stream",
            max_tokens=most,
            limit=max(0, min(facts.ctx - tokens, _DEFAULT_TOKENS if most is None else most)),
            seed=fields.integer("random_seed") if seed is None else seed,
            temperature=temperature,
            top_k=fields.integer("top_k"),
            top_p=fields.number("top_p"),
            min_p=fields.number("min_p"),
            stop=fields.texts("stop") or fields.texts("stop_words") or (),
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
            return _not_ready()
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


def _not_ready() -> RefusedError:
    return RefusedError(400, {"error": "Model version not ready"}, media_type=_PLAIN)


def _parameters(data: Data, takes: Sequence[str]) -> Data:
    """Return parameters and inputs, from beside `text_input` and from `parameters`; raises RefusedError."""
    inner = data.get("parameters", {})
    if not isinstance(inner, dict):
        raise RefusedError(500, {"error": "attempt to get members for non-object"})
    found = {name: value for name, value in data.items() if name not in {"parameters", "text_input"}} | inner
    for name, value in found.items():
        if not isinstance(value, str | int | float) and name not in takes:
            keyword = "Converting keyword: 'parameters': " if name in inner else ""
            message = f"parameter '{name}' has invalid type. It should be either 'int', 'bool', or 'string'."
            raise RefusedError(400, {"error": keyword + message})
    packed = found.pop("sampling_parameters", None)
    return found | (_object(packed.encode()) if isinstance(packed, str) else {})


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
