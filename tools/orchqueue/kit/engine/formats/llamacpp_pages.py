"""What llama.cpp's `llama-server` shows of itself: properties, slots, timings, tokens and metrics. Pure."""

from typing import Any, Final

from orchqueue.kit.engine.ask import Ask
from orchqueue.kit.engine.exposition import Exposition
from orchqueue.kit.engine.facts import Facts, Progress, SlotState
from orchqueue.kit.engine.text import prompt_tokens, token_id

RANDOM_SEED: Final = 0xFFFFFFFF
_SAMPLERS = ["penalties", "dry", "top_n_sigma", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature"]


def settings(ask: Ask) -> dict[str, Any]:
    """Return what a request asked for with the engine's defaults, as slots and last chunks show it."""
    most = -1 if ask.max_tokens is None else ask.max_tokens
    return {
        "seed": RANDOM_SEED if ask.seed is None else ask.seed,
        "temperature": 0.8 if ask.temperature is None else ask.temperature,
        "top_k": 40 if ask.top_k is None else ask.top_k,
        "top_p": 0.95 if ask.top_p is None else ask.top_p,
        "min_p": 0.05 if ask.min_p is None else ask.min_p,
        "stop": list(ask.stop),
        "max_tokens": most,
        "n_predict": most,
        "n_keep": 0,
        "ignore_eos": False,
        "stream": ask.stream,
        "n_probs": 0,
        "samplers": _SAMPLERS,
        "timings_per_token": ask.body.get("timings_per_token", False),
    }


def props(facts: Facts) -> dict[str, Any]:
    """Return the body of `GET /props`."""
    defaults = settings(Ask("completion"))
    del defaults["stop"]
    return {
        "default_generation_settings": {"params": defaults, "n_ctx": facts.ctx},
        "total_slots": facts.slots,
        "model_alias": facts.model,
        "model_ftype": "all F32",
        "model_path": facts.model,
        "modalities": {"vision": False, "video": False, "audio": False},
        "endpoint_slots": True,
        "endpoint_props": True,
        "endpoint_metrics": True,
        "chat_template": "",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "build_info": facts.version,
        "is_sleeping": False,
    }


def slots(facts: Facts) -> list[dict[str, Any]]:
    """Return the body of `GET /slots`."""
    return [_slot(number, state, facts.ctx) for number, state in enumerate(facts.states)]


def timings(ask: Ask, progress: Progress) -> dict[str, Any]:
    """Return the timings of a completion so far."""
    return {
        "cache_n": 0,
        "prompt_n": ask.prompt_tokens,
        "prompt_ms": progress.prompt_ms,
        "prompt_per_token_ms": _ratio(progress.prompt_ms, ask.prompt_tokens),
        "prompt_per_second": _ratio(ask.prompt_tokens * 1000.0, progress.prompt_ms),
        "predicted_n": progress.decoded,
        "predicted_ms": progress.predicted_ms,
        "predicted_per_token_ms": _ratio(progress.predicted_ms, progress.decoded),
        "predicted_per_second": _ratio(progress.decoded * 1000.0, progress.predicted_ms),
    }


def tokenize(data: dict[str, Any]) -> dict[str, Any]:
    """Return the body of `POST /tokenize`."""
    content = data.get("content", "")
    pieces = prompt_tokens(content) if isinstance(content, str) else []
    if data.get("with_pieces") is True:
        return {"tokens": [{"id": token_id(piece), "piece": piece} for piece in pieces]}
    return {"tokens": [token_id(piece) for piece in pieces]}


def metrics(facts: Facts) -> bytes:
    """Return the exposition of `GET /metrics`."""
    totals, out = facts.totals, Exposition("llamacpp:")
    out.counter("prompt_tokens_total", totals.prompt_tokens)
    out.counter("prompt_seconds_total", totals.prompt_ms / 1000.0)
    out.counter("tokens_predicted_total", totals.predicted_tokens)
    out.counter("tokens_predicted_seconds_total", totals.predicted_ms / 1000.0)
    out.counter("n_tokens_max", totals.largest_sequence)
    out.gauge("prompt_tokens_seconds", _ratio(totals.prompt_tokens * 1000.0, totals.prompt_ms))
    out.gauge("predicted_tokens_seconds", _ratio(totals.predicted_tokens * 1000.0, totals.predicted_ms))
    out.gauge("requests_processing", facts.running)
    out.gauge("requests_deferred", facts.waiting)
    if "kv_cache_usage_ratio" in facts.tells:
        out.gauge("kv_cache_usage_ratio", facts.cached)
    return out.text()


def _slot(number: int, state: SlotState, ctx: int) -> dict[str, Any]:
    """Return one slot; one that never worked has no task to show."""
    view: dict[str, Any] = {"id": number, "n_ctx": ctx, "speculative": False, "is_processing": state.busy}
    if state.ask is None or state.progress is None:
        return view
    ask, decoded = state.ask, state.progress.decoded
    params = settings(ask)
    del params["stop"]
    next_token = {
        "has_next_token": state.busy,
        "has_new_line": False,
        "n_remain": -1 if ask.max_tokens is None else ask.max_tokens - decoded,
        "n_decoded": decoded,
    }
    return view | {
        "id_task": state.progress.id_task,
        "n_prompt_tokens": ask.prompt_tokens + decoded,
        "n_prompt_tokens_processed": ask.prompt_tokens if state.busy else 0,
        "n_prompt_tokens_cache": 0,
        "params": params,
        "next_token": [next_token],
    }


def _ratio(above: float, below: float) -> float:
    return above / below if below else 0.0
