"""The wire shapes of llama.cpp's `llama-server`, as its own builds answer.

Pure: bodies in, bodies out, no I/O.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchqueue.kit.engine.script import Piece
from orchqueue.kit.engine.text import prompt_tokens, token_id

RANDOM_SEED = 0xFFFFFFFF
_SAMPLERS = ["penalties", "dry", "top_n_sigma", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature"]


class RefusedError(Exception):
    """A request that the engine refuses: `status` and the JSON `body` of its answer."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body["error"]["message"])
        self.status = status
        self.body = body


@dataclass(frozen=True)
class CompletionParams:
    """What a request for a completion asks for, with the engine's defaults."""

    prompt: str
    prompt_tokens: int
    n_predict: int = -1
    stream: bool = False
    seed: int = RANDOM_SEED
    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    stop: tuple[str, ...] = ()
    timings_per_token: bool = False

    def settings(self) -> dict[str, Any]:
        """Return them as `/props`, `/slots` and the last chunk show them."""
        return {
            "seed": self.seed,
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "min_p": self.min_p,
            "stop": list(self.stop),
            "max_tokens": self.n_predict,
            "n_predict": self.n_predict,
            "n_keep": 0,
            "ignore_eos": False,
            "stream": self.stream,
            "n_probs": 0,
            "samplers": _SAMPLERS,
            "timings_per_token": self.timings_per_token,
        }


@dataclass
class Progress:
    """How far one completion is. Durations are milliseconds."""

    id_task: int
    slot: int
    decoded: int = 0
    prompt_ms: float = 0.0
    predicted_ms: float = 0.0


@dataclass
class Totals:
    """What `/metrics` counts since the engine started."""

    prompt_tokens: int = 0
    predicted_tokens: int = 0
    prompt_ms: float = 0.0
    predicted_ms: float = 0.0
    largest_sequence: int = 0


@dataclass
class SlotState:
    """One slot as `/slots` shows it; `params` and `progress` are those of its last task."""

    busy: bool = False
    params: CompletionParams | None = None
    progress: Progress | None = field(default=None)


def error_body(code: int, message: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return the JSON of an error."""
    return {"error": {"code": code, "message": message, "type": kind, **more}}


def loading() -> RefusedError:
    """Return the answer of an engine whose model is not loaded yet."""
    return RefusedError(503, error_body(503, "Loading model", "unavailable_error"))


def busy() -> RefusedError:
    """Return the answer of an engine that takes no more work at present."""
    return RefusedError(503, error_body(503, "no slot available", "unavailable_error"))


def not_found() -> RefusedError:
    """Return the answer to a path or method that is not served."""
    return RefusedError(404, error_body(404, "File Not Found", "not_found_error"))


def parse_json(body: bytes) -> Any:
    """Return the body's JSON; raises RefusedError."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise _invalid(f"[json.exception.parse_error.101] parse error: {error}") from error


def parse_completion(body: bytes) -> CompletionParams:
    """Read the body of `POST /completion`; raises RefusedError as the engine would refuse it."""
    data = parse_json(body)
    if not isinstance(data, dict):
        raise _invalid("[json.exception.type_error.304] cannot use at() with " + _json_type(data))
    if "prompt" not in data:
        raise _invalid("[json.exception.out_of_range.403] key 'prompt' not found")
    prompt, count = _prompt(data["prompt"])
    stop = data.get("stop", [])
    return CompletionParams(
        prompt=prompt,
        prompt_tokens=count,
        n_predict=int(_field(data, "n_predict", -1, (int, float))),
        stream=bool(_field(data, "stream", False, bool)),
        seed=int(_field(data, "seed", RANDOM_SEED, (int, float))) & 0xFFFFFFFF,
        temperature=float(_field(data, "temperature", 0.8, (int, float))),
        top_k=int(_field(data, "top_k", 40, (int, float))),
        top_p=float(_field(data, "top_p", 0.95, (int, float))),
        min_p=float(_field(data, "min_p", 0.05, (int, float))),
        stop=tuple(word for word in stop if isinstance(word, str)) if isinstance(stop, list) else (),
        timings_per_token=bool(_field(data, "timings_per_token", False, bool)),
    )


def check_context(params: CompletionParams, ctx: int) -> None:
    """Raise RefusedError when the prompt leaves no room for a token in a slot's context."""
    if params.prompt_tokens >= ctx:
        message = (
            f"request ({params.prompt_tokens} tokens) exceeds the available context size ({ctx} tokens), "
            "try increasing it"
        )
        more = {"n_prompt_tokens": params.prompt_tokens, "n_ctx": ctx}
        raise RefusedError(400, error_body(400, message, "exceed_context_size_error", **more))


def props(model: str, build_info: str, slots: int, ctx: int) -> dict[str, Any]:
    """Return the body of `GET /props`."""
    defaults = CompletionParams(prompt="", prompt_tokens=0).settings()
    del defaults["stop"]
    return {
        "default_generation_settings": {"params": defaults, "n_ctx": ctx},
        "total_slots": slots,
        "model_alias": model,
        "model_ftype": "all F32",
        "model_path": model,
        "modalities": {"vision": False, "video": False, "audio": False},
        "endpoint_slots": True,
        "endpoint_props": True,
        "endpoint_metrics": True,
        "chat_template": "",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "build_info": build_info,
        "is_sleeping": False,
    }


def slot_view(number: int, state: SlotState, ctx: int) -> dict[str, Any]:
    """Return one item of `GET /slots`; a slot that never worked has no task to show."""
    view: dict[str, Any] = {"id": number, "n_ctx": ctx, "speculative": False, "is_processing": state.busy}
    if state.params is None or state.progress is None:
        return view
    params, decoded = state.params, state.progress.decoded
    settings = params.settings()
    del settings["stop"]
    view |= {
        "id_task": state.progress.id_task,
        "n_prompt_tokens": params.prompt_tokens + decoded,
        "n_prompt_tokens_processed": params.prompt_tokens if state.busy else 0,
        "n_prompt_tokens_cache": 0,
        "params": settings,
        "next_token": [
            {
                "has_next_token": state.busy,
                "has_new_line": False,
                "n_remain": params.n_predict - decoded if params.n_predict >= 0 else -1,
                "n_decoded": decoded,
            }
        ],
    }
    return view


def chunk(params: CompletionParams, progress: Progress, piece: Piece, content: str) -> dict[str, Any]:
    """Return one event of a stream: `tokens` names only the token that completed it."""
    data: dict[str, Any] = {
        "index": 0,
        "content": content,
        "tokens": [token_id(piece)],
        "stop": False,
        "id_slot": -1,
        "tokens_predicted": progress.decoded,
        "tokens_evaluated": params.prompt_tokens,
    }
    if params.timings_per_token:
        data["timings"] = timings(params, progress)
    return data


def final(
    params: CompletionParams,
    progress: Progress,
    *,
    model: str,
    content: str,
    stop_type: str,
    word: str,
    ctx: int,
) -> dict[str, Any]:
    """Return the last event of a stream, or the whole answer without one."""
    used = params.prompt_tokens + progress.decoded
    return {
        "index": 0,
        "content": content,
        "tokens": [],
        "id_slot": progress.slot,
        "stop": True,
        "model": model,
        "tokens_predicted": progress.decoded,
        "tokens_evaluated": params.prompt_tokens,
        "generation_settings": params.settings(),
        "prompt": "<s> " + params.prompt,
        "has_new_line": "\n" in content,
        "truncated": stop_type == "limit" and used >= ctx,
        "stop_type": stop_type,
        "stopping_word": word,
        "tokens_cached": used - 1,
        "timings": timings(params, progress),
    }


def timings(params: CompletionParams, progress: Progress) -> dict[str, Any]:
    """Return the timings of a completion so far."""
    return {
        "cache_n": 0,
        "prompt_n": params.prompt_tokens,
        "prompt_ms": progress.prompt_ms,
        "prompt_per_token_ms": _ratio(progress.prompt_ms, params.prompt_tokens),
        "prompt_per_second": _ratio(params.prompt_tokens * 1000.0, progress.prompt_ms),
        "predicted_n": progress.decoded,
        "predicted_ms": progress.predicted_ms,
        "predicted_per_token_ms": _ratio(progress.predicted_ms, progress.decoded),
        "predicted_per_second": _ratio(progress.decoded * 1000.0, progress.predicted_ms),
    }


def tokenize(body: bytes) -> dict[str, Any]:
    """Return the body of `POST /tokenize`; raises RefusedError."""
    data = parse_json(body)
    content = data.get("content", "") if isinstance(data, dict) else ""
    pieces = prompt_tokens(content) if isinstance(content, str) else []
    if isinstance(data, dict) and data.get("with_pieces") is True:
        return {"tokens": [{"id": token_id(piece), "piece": piece} for piece in pieces]}
    return {"tokens": [token_id(piece) for piece in pieces]}


def metrics(totals: Totals, processing: int, deferred: int) -> str:
    """Return the text of `GET /metrics`."""
    counters = {
        "prompt_tokens_total": totals.prompt_tokens,
        "prompt_seconds_total": totals.prompt_ms / 1000.0,
        "tokens_predicted_total": totals.predicted_tokens,
        "tokens_predicted_seconds_total": totals.predicted_ms / 1000.0,
        "n_tokens_max": totals.largest_sequence,
    }
    gauges = {
        "prompt_tokens_seconds": _ratio(totals.prompt_tokens * 1000.0, totals.prompt_ms),
        "predicted_tokens_seconds": _ratio(totals.predicted_tokens * 1000.0, totals.predicted_ms),
        "requests_processing": processing,
        "requests_deferred": deferred,
    }
    lines = []
    for kind, values in (("counter", counters), ("gauge", gauges)):
        for name, value in values.items():
            full = f"llamacpp:{name}"
            lines += [f"# HELP {full} {name}", f"# TYPE {full} {kind}", f"{full} {value:g}"]
    return "\n".join(lines) + "\n"


def _prompt(prompt: Any) -> tuple[str, int]:
    if isinstance(prompt, str):
        return prompt, 1 + len(prompt_tokens(prompt))  # one more for the begin-of-text token
    if isinstance(prompt, Sequence) and prompt and all(_is_token(item) for item in prompt):
        return "".join(f"<{item}>" for item in prompt), len(prompt)
    raise _invalid(
        '"prompt" elements must be a string, a list of tokens, a JSON object containing a prompt string, '
        "or a list of mixed strings & tokens."
    )


def _is_token(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool)


def _field(data: Mapping[str, Any], name: str, default: Any, kind: type | tuple[type, ...]) -> Any:
    value = data.get(name, default)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        wanted = "boolean" if kind is bool else "number"
        detail = f"[json.exception.type_error.302] type must be {wanted}, but is {_json_type(value)}"
        raise _invalid(f"Field '{name}': {detail}")
    return value


def _json_type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _invalid(message: str) -> RefusedError:
    return RefusedError(400, error_body(400, message, "invalid_request_error"))


def _ratio(above: float, below: float) -> float:
    return above / below if below else 0.0
