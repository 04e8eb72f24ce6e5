"""What the typed client relies on, written down as a pact: each interaction is what it sends and understands.

The pact is `contracts/pacts/`, byte for byte but for the version of the library that writes it. Each
interaction is also held against the contract, which refuses what no server may be asked for.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pact import Pact, match

from orchqueue.client import (
    AsyncClient,
    BusyError,
    CancelOutcome,
    RefusedError,
    TaskFailedError,
    completion,
)
from orchqueue.verify.contract import Contract
from orchqueue.verify.evidence import ExchangeRecord
from orchqueue.verify.provider import Provider
from orchqueue_contract import load

ROOT = Path(__file__).parents[3]
NAME = "orchqueue.client-orchestrator.json"
UUIDS = [f"6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c0{n:02}" for n in range(20)]
SESSION = "6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c100"
CORRELATION = match.regex("c-1", regex=r"[\x21-\x7E]{1,128}")
ADVICE = {
    "Retry_After": match.regex("1", regex="[1-9][0-9]*"),
    "X_Backoff_Ms": match.regex("1000", regex="[0-9]+"),
}
REFUSALS = [
    # name, state, status, code, policy
    ("queue full with drop-lru", "a full queue that drops", 429, "QUEUE_FULL_DROP_LRU", "drop-lru"),
    ("admission reject", "a full queue that rejects", 429, "ADMISSION_REJECT", "reject"),
    ("invalid params", "a ready pool", 400, "INVALID_PARAMS", None),
    ("pool unready", "a pool whose model is not loaded", 503, "POOL_UNREADY", None),
    ("pool unavailable", "a pool whose worker failed too often", 503, "POOL_UNAVAILABLE", None),
]  # fmt: skip
FAILURES = [
    ("replica exhausted", "a task that no replica could take", "REPLICA_EXHAUSTED", True),
    ("decode timeout", "a task whose engine fell silent", "DECODE_TIMEOUT", True),
    ("worker reset", "a task whose engine was lost after a token", "WORKER_RESET", True),
    ("internal", "a task whose engine failed", "INTERNAL", False),
]
STARTED = (
    '{"queue_position":0,"predicted_start_ms":0,"job_id":"j-1","engine":"llamacpp","engine_version":"1",'
    '"pool_id":"p","replica_id":"r"}'
)
METRICS = (
    '{"on_time_probability":1.0,"queue_depth":0,"kv_warmth":false,"tokens_budget_remaining":null,'
    '"time_budget_remaining_ms":null,"cost_budget_remaining":null}'
)
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


def declare(pact: Pact) -> None:
    """Write every interaction down."""
    asked = interaction(pact, "accepted", "a ready pool", "POST", "/v1/tasks")
    with_task(asked, task(0))
    admission = {
        "task_id": match.regex(UUIDS[0], regex="[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "job_id": match.str("j-1"),
        "queue_position": match.int(0),
        "predicted_start_ms": match.int(0),
        "backoff_ms": 0,
    }
    answers(asked, 202, admission)
    asked = interaction(
        pact, "cancelled", "a running task", "POST", f"/v1/tasks/{UUIDS[1]}/cancel", task_id=UUIDS[1]
    )
    answers(asked, 204, X_Cancel_Outcome="canceled-running")
    asked = interaction(
        pact, "session read", "a session with one turn", "GET", f"/v1/sessions/{SESSION}", session_id=SESSION
    )
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
    path = f"/v1/sessions/{SESSION}"
    asked = interaction(
        pact, "session deleted", "a session with one turn", "DELETE", path, session_id=SESSION
    )
    answers(asked, 204)
    for number, (name, state, status, code, policy) in enumerate(REFUSALS, 2):
        asked = interaction(pact, name, state, "POST", "/v1/tasks")
        context = 2**53 - 1 if code == "INVALID_PARAMS" else 0
        with_task(asked, task(number, ctx=context, priority="batch"))
        answers(asked, status, envelope(code, status != 400, policy), **(ADVICE if status != 400 else {}))
    events = [("started", STARTED), ("token", '{"t":"a","i":0}'), ("metrics", METRICS)]
    end = f'{{"tokens_out":1,"decode_ms":0,"finish_reason":"length","transcript":"{DIGEST}"}}'
    stream(
        pact, "stream", "a task that ended", 7, [*events, ("end", end)], r'"finish_reason":"(length|stop)"'
    )
    for number, (name, state, code, retriable) in enumerate(FAILURES, 8):
        failure = {"code": code, "message": "What happened.", "retriable": retriable, "correlation_id": "c-1"}
        before = [] if code == "REPLICA_EXHAUSTED" else events
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


async def use(client: AsyncClient) -> None:
    """Do with the client what the interactions are about, and see that it understands the answers."""
    assert (await client.submit(task(0))).response.task_id == UUIDS[0]
    assert await client.cancel(UUIDS[1]) is CancelOutcome.CANCELED_RUNNING
    assert (await client.session(SESSION)).turns == 1
    await client.delete_session(SESSION)
    for number, (_, _, status, code, policy) in enumerate(REFUSALS, 2):
        context = 2**53 - 1 if code == "INVALID_PARAMS" else 0
        with pytest.raises(RefusedError) as refused:
            await client.submit(task(number, ctx=context, priority="batch"))
        told = refused.value
        assert (told.status, told.code, told.envelope.policy_label) == (status, code, policy)
        assert isinstance(told, BusyError) == (told.retry_after_s is not None) == (status != 400)
    async with client.stream(UUIDS[7]) as ended:
        assert await ended.text() == "a"
    for number, (_, _, code, retriable) in enumerate(FAILURES, 8):
        async with client.stream(UUIDS[number]) as failing:
            with pytest.raises(TaskFailedError) as failed:
                await failing.text()
        assert (failed.value.code, failed.value.retriable) == (code, retriable)


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """The pact that the client's use writes, which is in `build/pacts/` for whoever wants to take it over."""
    pact = Pact("orchqueue.client", "orchestrator").with_specification("V4")
    declare(pact)
    with pact.serve() as server:

        async def main() -> None:
            async with AsyncClient(str(server.url), "key") as client:
                await use(client)

        asyncio.run(main())
        assert server.matched, server.mismatches
    folder = ROOT / "build" / "pacts"
    folder.mkdir(parents=True, exist_ok=True)
    pact.write_file(folder, overwrite=True)
    found: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
    del found["metadata"]["pactRust"]  # the version of the writer, which is no part of what is agreed
    (folder / NAME).write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return found


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


@pytest.mark.requirement("OC-CLIENT-8520")
def test_the_pact_is_what_the_client_does(written: dict[str, Any]) -> None:
    committed = json.loads((ROOT / "contracts" / "pacts" / NAME).read_text(encoding="utf-8"))
    assert written == committed, f"if that is meant: cp build/pacts/{NAME} contracts/pacts/"


@pytest.mark.requirement("OC-CLIENT-8520")
def test_the_pact_asks_for_nothing_beyond_the_contract(written: dict[str, Any]) -> None:
    assert len(written["interactions"]) == 14
    assert findings(*written["interactions"]) == []


@pytest.mark.requirement("OC-CLIENT-8520")
@pytest.mark.parametrize(
    ("part", "name", "value"),
    [("request", "path", "/v1/chat/completions"), ("response", "status", 418), ("request", "method", "PUT")],
)
def test_a_pact_beyond_the_contract_is_refused(
    written: dict[str, Any], part: str, name: str, value: Any
) -> None:
    pact = json.loads(json.dumps(written["interactions"][0]))
    pact[part][name] = value
    assert findings(pact)
