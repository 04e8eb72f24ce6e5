"""What Triton shows of itself and of its model: metadata, configuration and metrics. Pure."""

from typing import Any, Final

from orchqueue.kit.engine.exposition import Exposition
from orchqueue.kit.engine.facts import Facts

VERSION: Final = "1"
"""The version of its model."""

_EXTENSIONS = [
    "classification",
    "sequence",
    "model_repository",
    "schedule_policy",
    "model_configuration",
    "parameters",
    "statistics",
]
# What backends call their inputs, with their types; a list of texts has any number of them.
_TYPES = {
    "max_tokens": "INT32",
    "random_seed": "UINT64",
    "seed": "UINT64",
    "temperature": "FP32",
    "top_k": "INT32",
    "top_p": "FP32",
    "stop_words": "BYTES",
    "sampling_parameters": "BYTES",
}


def server(facts: Facts) -> dict[str, Any]:
    """Return the body of `GET /v2`."""
    return {"name": "triton", "version": facts.version, "extensions": _EXTENSIONS}


def metadata(facts: Facts) -> dict[str, Any]:
    """Return the body of `GET /v2/models/{model}`."""
    return {
        "name": facts.model,
        "versions": [VERSION],
        "platform": "python",
        "inputs": [_tensor(name, kind) for name, kind in _inputs(facts)],
        "outputs": [_tensor("text_output", "BYTES")],
    }


def configuration(facts: Facts) -> dict[str, Any]:
    """Return the body of `GET /v2/models/{model}/config`, in short."""
    return {
        "name": facts.model,
        "platform": "",
        "backend": "python",
        "max_batch_size": 0,
        "input": [_configured(name, kind) for name, kind in _inputs(facts)],
        "output": [_configured("text_output", "BYTES")],
        "parameters": {name: {"string_value": value} for name, value in facts.tells.items()},
        "model_transaction_policy": {"decoupled": True},
    }


def metrics(facts: Facts) -> bytes:
    """Return the exposition of the port for metrics."""
    totals, out = facts.totals, Exposition("nv_inference_", {"model": facts.model, "version": VERSION})
    out.counter("request_success", totals.succeeded)
    out.counter("request_failure", totals.failed, reason="BACKEND")
    # Stays 0 in Triton 2.51, however many clients leave.
    out.counter("request_failure", 0, reason="CANCELED")
    out.counter("count", totals.succeeded)
    out.counter("exec_count", totals.succeeded)
    out.counter("request_duration_us", round((totals.prompt_ms + totals.predicted_ms) * 1000))
    out.counter("compute_infer_duration_us", round(totals.predicted_ms * 1000))
    out.gauge("pending_request_count", facts.waiting)
    return out.text()


def _inputs(facts: Facts) -> list[tuple[str, str]]:
    return [("text_input", "BYTES"), *((name, _TYPES.get(name, "BOOL")) for name in facts.takes)]


def _tensor(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "datatype": kind, "shape": _shape(name)}


def _configured(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "data_type": f"TYPE_{kind.replace('BYTES', 'STRING')}", "dims": _shape(name)}


def _shape(name: str) -> list[int]:
    return [-1] if name == "stop_words" else [1]
