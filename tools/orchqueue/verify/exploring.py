"""Explores operations with requests that schemathesis makes from the contract: right ones, wrong ones, and
right ones after one another.

Keeps what schemathesis has to be told of this contract: the key, when to leave a stream, and what the state
of a server may refuse though the schema takes it. What its checks found is given as sentences, what was sent
and answered as exchanges, which the provider checks judge once more.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchqueue.kit import Exchange, now_ms
from orchqueue.verify.errors import ExplorationError
from orchqueue_contract import load

ANY_ORDER = "any order"  # asks for operations after one another, by the contract's links
GATE_EXAMPLES = 10
DEEP_EXAMPLES = 200
STREAM_EVENTS = 3
REQUEST_TIMEOUT_S = 10
# What a 400 may be about although the schema takes the value: only the state of a server tells.
STATEFUL_CODES = ("DEADLINE_UNMET", "UNTRUSTED_ARTIFACT")
STATEFUL_FIELDS = (
    "/model_ref",
    "/engine",
    "/ctx",
    "/max_tokens",
    "/prompt",
    "/inputs",
    "/workload",
    "/sampler_profile_version",
    "/new_model_ref",
    "/parent",
    "/content",
    "/metadata",
    "/share",
    "/deadline_ms",
    "Last-Event-ID",
)
# The statuses that a right request may get, but for 400, which is looked at by its words.
STATEFUL_STATUSES = ["2xx", "400", "403", "404", "409", "410", "413", "429", "503"]


@dataclass(frozen=True)
class Depth:
    """How far to go: examples for each operation and each order, and the seed that they come from.

    A seed of None makes the same requests in every run.
    """

    examples: int = GATE_EXAMPLES
    seed: int | None = None


@dataclass(frozen=True)
class Found:
    """What was found about one operation, by its operationId; `curl` sends the request again."""

    operation: str
    message: str
    curl: str


@dataclass(frozen=True)
class Explored:
    """How many requests were answered, and what was found, each thing once."""

    answered: int
    found: tuple[Found, ...]


def explore(url: str, key: str, operation: str, depth: Depth, note: Callable[[Exchange], None]) -> Explored:
    """Explore an operation, or with ANY_ORDER all of them after one another; `note` gets every exchange.

    Raises ExplorationError when schemathesis itself could not go on.
    """
    import schemathesis  # noqa: PLC0415 - it takes seconds to import, and few processes need it
    from schemathesis.engine import events, from_schema  # noqa: PLC0415

    schema: Any = schemathesis.openapi.from_dict(load("openapi"), config=_config(url, key, operation, depth))
    names = {_label(path, method): node["operationId"] for path, method, node in _operations()}
    if operation != ANY_ORDER:
        schema = schema.include(operation_id=operation)
    answered, found = 0, dict[tuple[str, str], Found]()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            raise ExplorationError(f"{event.label}: {event.value}")
        if isinstance(event, events.FatalError):
            raise ExplorationError(str(event.exception))
        if not isinstance(event, events.ScenarioFinished):
            continue
        for exchange in _exchanges(event.recorder):
            answered += 1
            note(exchange)
        for one in _failures(event.recorder, names):
            found.setdefault((one.operation, one.message), one)
    return Explored(answered, tuple(found.values()))


def _config(url: str, key: str, operation: str, depth: Depth) -> Any:
    from schemathesis.config import SchemathesisConfig  # noqa: PLC0415

    steps = operation == ANY_ORDER
    generation: dict[str, Any] = {"max-examples": depth.examples, "no-shrink": True, "database": "none"}
    if depth.seed is None:
        generation["deterministic"] = True
    phases = {name: {"enabled": not steps} for name in ("examples", "coverage", "fuzzing")}
    return SchemathesisConfig.from_dict(
        {
            "seed": depth.seed or 0,
            "base-url": url,
            "workers": 1,
            "continue-on-failure": True,
            "max-stream-events": STREAM_EVENTS,
            "request-timeout": REQUEST_TIMEOUT_S,
            "auth": {"openapi": {"ApiKey": {"api_key": key}}},
            "generation": generation,
            "phases": {**phases, "stateful": {"enabled": steps}},
            "checks": {"positive_data_acceptance": {"expected-statuses": STATEFUL_STATUSES}},
            "output": {"sanitization": {"enabled": False}},
        }
    )


def _operations() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in load("openapi")["paths"].items():
        for method, node in item.items():
            if isinstance(node, dict) and "operationId" in node:
                yield path, method, node


def _label(path: str, method: str) -> str:
    return f"{method.upper()} {path}"


def _exchanges(recorder: Any) -> Iterator[Exchange]:
    for interaction in recorder.interactions.values():
        answer = interaction.response
        if answer is None:
            continue
        sent = answer.request
        body = sent.body if isinstance(sent.body, bytes) else (sent.body or "").encode()
        yield Exchange(
            method=str(sent.method),
            url=str(sent.url),
            request_headers=[(_text(name), _text(value)) for name, value in sent.headers.items()],
            request_body=body,
            started_ms=now_ms() - answer.elapsed * 1000.0,
            status=answer.status_code,
            reason=answer.message,
            headers=[(name, value) for name, values in answer.headers.items() for value in values],
            body=answer.content,
            finished_ms=now_ms(),
            complete=not answer.stream_cut_short,
        )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _failures(recorder: Any, names: Mapping[str, str]) -> Iterator[Found]:
    for case_id, checks in recorder.checks.items():
        label = recorder.cases[case_id].value.operation.label
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                message = f"{failure.title}: {' '.join(str(failure.message).split())}"
                yield Found(names[label], message, check.failure_info.code_sample)
        unfounded = _unfounded(recorder.cases[case_id].value, recorder.interactions.get(case_id))
        if unfounded:
            yield Found(names[label], unfounded, "")


def _unfounded(case: Any, interaction: Any) -> str:
    """Say what is wrong with a 400 for a request that the schema takes: it must name what state refused."""
    answer = interaction.response if interaction is not None else None
    if answer is None or answer.status_code != 400 or not _is_right(case):
        return ""
    try:
        envelope = json.loads(answer.content)
        if envelope["code"] in STATEFUL_CODES:
            return ""
        pointers = [detail.get("pointer") or detail["name"] for detail in envelope.get("details", ())]
    except (ValueError, KeyError, TypeError):
        return ""  # schemathesis has said that this is no envelope
    strange = [pointer for pointer in pointers if not pointer.startswith(STATEFUL_FIELDS)]
    if strange or not pointers:
        return f"a request that the contract takes was refused for {', '.join(strange) or 'no field'}"
    return ""


def _is_right(case: Any) -> bool:
    meta = case.meta
    return meta is not None and meta.generation.mode.is_positive
