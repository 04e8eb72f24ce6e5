"""How the tests of pacts write interactions down, and hold them against the contract."""

import json
from pathlib import Path
from typing import Any

from pact import Pact, match

from orchqueue.client import completion
from orchqueue.verify.contract import Contract
from orchqueue.verify.evidence import ExchangeRecord
from orchqueue.verify.provider import Provider
from orchqueue_contract import load

ROOT = Path(__file__).parents[4]
UUIDS = [f"6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c0{n:02}" for n in range(20)]
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ANY_TASK = {"body": {"$.task_id": {"combine": "AND", "matchers": [{"match": "regex", "regex": UUID}]}}}
SESSION = "6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c100"
CORRELATION = match.regex("c-1", regex=r"[\x21-\x7E]{1,128}")
ADVICE = {
    "Retry_After": match.regex("1", regex="[1-9][0-9]*"),
    "X_Backoff_Ms": match.regex("1000", regex="[0-9]+"),
}
STARTED = (
    '{"queue_position":0,"predicted_start_ms":0,"job_id":"j-1","engine":"llamacpp","engine_version":"1",'
    '"pool_id":"p","replica_id":"r"}'
)
METRICS = (
    '{"on_time_probability":1.0,"queue_depth":0,"kv_warmth":false,"tokens_budget_remaining":null,'
    '"time_budget_remaining_ms":null,"cost_budget_remaining":null}'
)
EVENTS = [("started", STARTED), ("token", '{"t":"a","i":0}'), ("metrics", METRICS)]
DIGEST = "sha256:" + "0" * 64


def task(number: int, **fields: Any) -> Any:
    ids = {"task_id": UUIDS[number], "session_id": SESSION}
    return completion("hello", model_ref="pact", max_tokens=2, **ids, **fields)


# What a provider is asked with instead, when it has brought its state about.
OF_THE_STATE = {
    "task_id": "${task_id}",
    "session_id": "${session_id}",
    "model_ref": "${model}",
    "engine": "${engine}",
}


def from_state(expression: str) -> dict[str, str]:
    return {"type": "ProviderState", "expression": expression, "dataType": "STRING"}


def interaction(pact: Pact, name: str, state: str, method: str, path: str, **ids: str) -> Any:
    """`ids` are those of the path, which the state of a provider decides."""
    asked = pact.upon_receiving(name).given(state, {}).with_request(method, path)
    for known, own in ids.items():
        path = path.replace(own, f"${{{known}}}")
    if ids:
        asked.with_generators({"path": from_state(path)}, part="Request")
    return asked.with_header("X-API-Key", match.regex("key", regex=r"[\x21-\x7E]+"))


def with_task(asked: Any, request: Any) -> None:
    asked.with_body(json.loads(request.model_dump_json()), content_type="application/json")
    own = {f"$.{field}": from_state(expression) for field, expression in OF_THE_STATE.items()}
    asked.with_generators({"body": own}, part="Request")


def answers(asked: Any, status: int, body: Any = None, **headers: Any) -> None:
    asked.will_respond_with(status).with_header("X-Correlation-Id", CORRELATION)
    for header, value in headers.items():
        asked.with_header(header.replace("_", "-"), value)
    if body is not None:
        asked.with_body(body, content_type="application/json", part="Response")


def envelope(code: str, retriable: bool, policy: str | None = None) -> dict[str, Any]:
    advice = {"retry_after_ms": match.int(1000)} if retriable else {}
    label = {} if policy is None else {"policy_label": policy}
    return {
        "code": code,
        "message": match.str("What happened."),
        "retriable": retriable,
        **advice,
        **label,
        "correlation_id": CORRELATION,
    }


def accepted(pact: Pact, name: str, request: Any, rules: Any = None) -> None:
    """Write down that a task is accepted; `rules` say what of the request may differ."""
    asked = interaction(pact, name, "a ready pool", "POST", "/v1/tasks")
    with_task(asked, request)
    if rules is not None:
        asked.with_matching_rules(rules, part="Request")
    admission = {
        "task_id": match.regex(request.task_id, regex=UUID),
        "job_id": match.str("j-1"),
        "queue_position": match.int(0),
        "predicted_start_ms": match.int(0),
        "backoff_ms": 0,
    }
    answers(asked, 202, admission)


def cancelled(pact: Pact, name: str, number: int) -> None:
    """Write down that a running task is cancelled."""
    path = f"/v1/tasks/{UUIDS[number]}/cancel"
    asked = interaction(pact, name, "a running task", "POST", path, task_id=UUIDS[number])
    answers(asked, 204, X_Cancel_Outcome="canceled-running")


def session_read(pact: Pact, name: str) -> None:
    """Write down that what a session has left is told."""
    path = f"/v1/sessions/{SESSION}"
    asked = interaction(pact, name, "a session with one turn", "GET", path, session_id=SESSION)
    session = {
        "ttl_ms_remaining": match.int(1000),
        "turns": 1,
        "kv_bytes": match.int(0),
        "kv_warmth": match.bool(False),
        "kv_migrated": match.bool(False),
        "tokens_budget_remaining": match.int(100),
        "time_budget_remaining_ms": match.int(100),
        "cost_budget_remaining": match.number(0.5),
    }
    answers(asked, 200, session)


def stream_to_the_end(pact: Pact, name: str, number: int) -> None:
    """Write down the stream of a task that ended of itself."""
    end = f'{{"tokens_out":1,"decode_ms":0,"finish_reason":"length","transcript":"{DIGEST}"}}'
    last = r'"finish_reason":"(length|stop)"'
    stream(pact, name, "a task that ended", number, [*EVENTS, ("end", end)], last)


def stream_to_an_error(pact: Pact, name: str, state: str, number: int, code: str, *, retriable: bool) -> None:
    """Write down the stream of a task that failed."""
    failure = {"code": code, "message": "What happened.", "retriable": retriable, "correlation_id": "c-1"}
    before = [] if code == "REPLICA_EXHAUSTED" else EVENTS
    stream(pact, name, state, number, [*before, ("error", json.dumps(failure))], rf'"code": ?"{code}"')


def stream(pact: Pact, name: str, state: str, number: int, events: list[tuple[str, str]], last: str) -> None:
    """Write down a stream, whose texts and numbers are free but whose first and last event are not."""
    asked = interaction(pact, name, state, "GET", f"/v1/tasks/{UUIDS[number]}/stream", task_id=UUIDS[number])
    text = "".join(f"id: {i}\nevent: {kind}\ndata: {data}\n\n" for i, (kind, data) in enumerate(events))
    block = r"(:[^\n]*\n\n?|id: [0-9]+\nevent: {}\ndata: [^\n]*{}[^\n]*\n\n)"
    before = "|".join(("started", "token", "metrics"))
    regex = "^" + block.format(f"({before})", "") + "*" + block.format(events[-1][0], last) + "$"
    answers(asked, 200)
    asked.with_body(text, content_type="text/event-stream", part="Response")
    rule = {"body": {"$": {"matchers": [{"match": "regex", "regex": regex}]}}}
    asked.with_matching_rules(rule, part="Response")


def written_as(pact: Pact, name: str) -> dict[str, Any]:
    """The pact as it is written, which is in `build/pacts/` for whoever wants to take it over."""
    folder = ROOT / "build" / "pacts"
    folder.mkdir(parents=True, exist_ok=True)
    pact.write_file(folder, overwrite=True)
    found: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    del found["metadata"]["pactRust"]  # the version of the writer, which is no part of what is agreed
    (folder / name).write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return found


def committed(name: str) -> Any:
    """The pact that stands in `contracts/pacts/`."""
    return json.loads((ROOT / "contracts" / "pacts" / name).read_text(encoding="utf-8"))


def record(pact: dict[str, Any]) -> ExchangeRecord:
    """Give an interaction of a pact as an exchange, for the checks that every exchange of a run meets."""
    asked, told = pact["request"], pact["response"]

    def pairs(headers: dict[str, list[str]]) -> tuple[tuple[str, str], ...]:
        return tuple((name, value) for name, values in headers.items() for value in values)

    def text(part: dict[str, Any]) -> str:
        content = part.get("body", {}).get("content", "")
        return content if isinstance(content, str) else json.dumps(content)

    return ExchangeRecord(
        scenario=pact["description"],
        server="pact",
        method=asked["method"],
        path=asked["path"],
        query="",
        request_headers=pairs(asked.get("headers", {})),
        request_body=text(asked),
        status=told["status"],
        response_headers=pairs(told.get("headers", {})),
        response_body=text(told),
        started_ms=0.0,
        raw=False,
    )


def findings(*pacts: dict[str, Any]) -> list[str]:
    provider = Provider(Contract(load("openapi"), load("events"), load("errors")))
    return [str(finding) for finding in provider.look(record(pact) for pact in pacts).findings]
