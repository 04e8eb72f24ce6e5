"""What the typed client relies on, written down as a pact: each interaction is what it sends and understands.

The pact is `contracts/pacts/`, byte for byte but for the version of the library that writes it. Each
interaction is also held against the contract, which refuses what no server may be asked for.
"""

import asyncio
import json
from typing import Any

import pytest
from declaring import (
    ADVICE,
    SESSION,
    UUIDS,
    accepted,
    answers,
    cancelled,
    committed,
    envelope,
    findings,
    interaction,
    session_read,
    stream_to_an_error,
    stream_to_the_end,
    task,
    with_task,
    written_as,
)
from pact import Pact

from orchqueue.client import AsyncClient, BusyError, CancelOutcome, RefusedError, TaskFailedError

NAME = "orchqueue.client-orchestrator.json"
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


def declare(pact: Pact) -> None:
    """Write every interaction down."""
    accepted(pact, "accepted", task(0))
    cancelled(pact, "cancelled", 1)
    session_read(pact, "session read")
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
    stream_to_the_end(pact, "stream", 7)
    for number, (name, state, code, retriable) in enumerate(FAILURES, 8):
        stream_to_an_error(pact, name, state, number, code, retriable=retriable)


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
    """The pact that the client's use writes."""
    pact = Pact("orchqueue.client", "orchestrator").with_specification("V4")
    declare(pact)
    with pact.serve() as server:

        async def main() -> None:
            async with AsyncClient(str(server.url), "key") as client:
                await use(client)

        asyncio.run(main())
        assert server.matched, server.mismatches
    return written_as(pact, NAME)


@pytest.mark.requirement("OC-CLIENT-8520")
def test_the_pact_is_what_the_client_does(written: dict[str, Any]) -> None:
    assert written == committed(NAME), f"if that is meant: cp build/pacts/{NAME} contracts/pacts/"


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
