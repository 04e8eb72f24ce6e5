"""The client's operations over a real server, and what it makes of answers that are none."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from orchqueue.client import (
    AddressError,
    AnswerLostError,
    AsyncClient,
    BusyError,
    CancelOutcome,
    ClientError,
    ContractError,
    KeyRefusedError,
    RefusedError,
    TaskFailedError,
    UnreachableError,
    completion,
)
from orchqueue.kit import EngineScript, RunningServer, ScriptedEngine
from orchqueue_contract.errors import ErrorCode
from orchqueue_contract.events import EndEvent
from orchqueue_contract.models import Artifact, EmbeddingRequest

ADMITTED = (
    b'{"task_id":"6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c001","job_id":"j","queue_position":2,'
    b'"predicted_start_ms":30,"backoff_ms":0}'
)
ENVELOPE = b'{"code":"%s","message":"what happened","retriable":%s,"correlation_id":"c"%s}'


def run(server: RunningServer, work: Callable[[AsyncClient], Any], key: str = "key") -> Any:
    async def main() -> Any:
        async with AsyncClient(server.url, key) as client:
            return await work(client)

    return asyncio.run(main())


def answer(status: str, body: bytes = b"", headers: bytes = b"Content-Type: application/json\r\n") -> bytes:
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status.encode(), headers, len(body), body)


def ask(url: str, work: Callable[[AsyncClient], Any], **options: Any) -> Any:
    async def main() -> Any:
        async with AsyncClient(url, "key", **options) as client:
            return await work(client)

    return asyncio.run(main())


def submit(client: AsyncClient) -> Any:
    return client.submit(completion("hello", model_ref="any", max_tokens=3))


def test_a_task_from_submission_to_text(server: RunningServer) -> None:
    async def work(client: AsyncClient) -> None:
        task = completion("hello", model_ref="any", max_tokens=5, seed=7)
        admission = await client.submit(task)
        assert admission.response.task_id == task.task_id
        assert admission.budgets is not None
        assert admission.budgets.tokens == 50_000 - 5 - 2
        assert admission.correlation_id
        async with client.stream(task.task_id) as stream:
            events = [event async for event in stream]
        end = events[-1].data
        assert isinstance(end, EndEvent)
        assert (end.tokens_out, end.finish_reason) == (5, "length")
        async with client.stream(task.task_id) as again:
            assert await again.text() == "".join(event.data.t for event in events if event.name == "token")
        assert await client.cancel(task.task_id) is CancelOutcome.ALREADY_FINISHED
        transcript = await client.artifact(end.transcript or "")
        assert transcript.kind == "trace"

    run(server, work)


def test_a_session(server: RunningServer) -> None:
    async def work(client: AsyncClient) -> None:
        task = completion("hello", model_ref="any", max_tokens=5)
        await client.submit(task)
        async with client.stream(task.task_id) as stream:
            await stream.text()
        session = await client.session(task.session_id)
        assert (session.turns, session.tokens_budget_remaining) == (1, 50_000 - 5 - 2)
        await client.delete_session(task.session_id)
        await client.delete_session(task.session_id)
        with pytest.raises(RefusedError, match="NOT_FOUND"):
            await client.session(task.session_id)

    run(server, work)


def test_a_cancel_of_a_running_task(server: RunningServer, engine: ScriptedEngine) -> None:
    async def work(client: AsyncClient) -> None:
        engine.script(EngineScript(tokens=50, stall_after=2))
        task = completion("hello", model_ref="tiny", max_tokens=50)
        await client.submit(task)
        async with client.stream(task.task_id) as stream:
            async for event in stream:
                if event.name == "token" and event.data.i == 1:
                    assert await client.cancel(task.task_id) is CancelOutcome.CANCELED_RUNNING
        assert event.data.finish_reason == "canceled"

    run(server, work)


def test_a_task_that_fails(server: RunningServer, engine: ScriptedEngine) -> None:
    async def work(client: AsyncClient) -> None:
        engine.script(EngineScript(tokens=5, cut_after=2))
        task = completion("hello", model_ref="tiny", max_tokens=5)
        await client.submit(task)
        async with client.stream(task.task_id) as stream:
            with pytest.raises(TaskFailedError) as raised:
                await stream.text()
        assert raised.value.code is ErrorCode.WORKER_RESET
        assert raised.value.retriable
        assert raised.value.spec.hint == "Submit again under a new task_id."

    run(server, work)


def test_a_full_queue(server: RunningServer, engine: ScriptedEngine) -> None:
    async def work(client: AsyncClient) -> None:
        engine.script_default(EngineScript(tokens=50, stall_after=0))
        tasks = [completion("hello", model_ref="tiny", max_tokens=5) for _ in range(4)]
        for task in tasks[:3]:
            await client.submit(task)
        with pytest.raises(BusyError) as raised:
            await client.submit(tasks[3])
        assert raised.value.code is ErrorCode.ADMISSION_REJECT
        assert raised.value.envelope.policy_label == "reject"
        assert (raised.value.retry_after_s or 0) >= 0.05
        engine.script_default(EngineScript())
        for task in reversed(tasks[:3]):
            await client.cancel(task.task_id)

    run(server, work)


def test_artifacts(server: RunningServer) -> None:
    async def work(client: AsyncClient) -> None:
        made = Artifact(kind="plan", content={"steps": ["é", 1.5]}, tags=["a"])
        stored = await client.store_artifact(made)
        read = await client.artifact(stored.id)
        assert (read.content, read.tags, read.created_ms) == (made.content, ["a"], stored.created_ms)
        assert await client.store_artifact(made) == stored

    run(server, work)


def test_results_of_embeddings_are_artifacts(server: RunningServer) -> None:
    async def work(client: AsyncClient) -> None:
        shared = completion("", model_ref="any", max_tokens=1).model_dump(
            exclude={"prompt", "max_tokens", "workload", "determinism"}
        )
        task = EmbeddingRequest(workload="embedding", inputs=["a", "b"], **shared)
        await client.submit(task)
        async with client.stream(task.task_id) as stream:
            events = [event async for event in stream]
        result = await client.artifact(events[-1].data.artifact)
        assert len(result.content["embeddings"]) == 2

    run(server, work)


def test_control(server: RunningServer) -> None:
    async def work(client: AsyncClient) -> None:
        assert "core" in (await client.capabilities()).profiles
        assert (await client.pool_health("drained")).ready
        await client.drain("drained", deadline_ms=0)
        assert (await client.pool_health("drained")).draining
        await client.reload("drained", "other", timeout_s=60)
        assert not (await client.pool_health("drained")).draining
        with pytest.raises(RefusedError, match="RELOAD_ROLLED_BACK"):
            await client.reload("drained", "unknown", timeout_s=60)
        with pytest.raises(RefusedError, match="NOT_FOUND"):
            await client.pool_health("no/such pool")

    run(server, work)


@pytest.mark.requirement("OC-CLIENT-8503")
def test_keys_that_are_refused(server: RunningServer) -> None:
    with pytest.raises(KeyRefusedError, match="FORBIDDEN") as raised:
        run(server, submit, key="wrong")
    assert raised.value.status == 403
    with pytest.raises(KeyRefusedError):
        run(server, lambda client: client.capabilities(), key="data")


@pytest.mark.requirement("OC-CLIENT-8503")
def test_a_refusal_names_what_is_wrong(server: RunningServer) -> None:
    async def work(client: AsyncClient) -> None:
        await client.submit(completion("hello", model_ref="any", max_tokens=1_000_000))

    with pytest.raises(RefusedError) as raised:
        run(server, work)
    assert (raised.value.status, raised.value.code) == (400, ErrorCode.INVALID_PARAMS)
    assert [detail.pointer for detail in raised.value.envelope.details or []] == ["/max_tokens"]
    assert raised.value.retry_after_s is None


def test_what_no_request_can_hold_is_not_sent() -> None:
    with pytest.raises(ValidationError, match="max_tokens"):
        completion("hello", model_ref="any", max_tokens=0)
    with pytest.raises(ValidationError, match="temper"):
        completion("hello", model_ref="any", max_tokens=1, temper=1)


@pytest.mark.requirement("OC-CLIENT-8503")
@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (answer("200 OK", b"<html>", b"Content-Type: text/html\r\n"), ContractError, "by 200, text/html"),
        (answer("302 Found", b"", b"Location: /\r\n"), ContractError, "302, without a content type; is this"),
        (answer("404 Not Found", b"<p>", b"Content-Type: text/html\r\n"), ContractError, "404, text/html"),
        (answer("404 Not Found", b'{"detail":"x"}'), ContractError, "no ErrorEnvelope: Field required"),
        (answer("502 Bad Gateway", b"", b""), UnreachableError, "answered 502 by what stands before"),
        (answer("202 Accepted", b"{}"), ContractError, "is no AdmissionResponse: Field required at /task_id"),
        (answer("202 Accepted", b"\xff"), ContractError, "Invalid JSON"),
        (answer("202 Accepted", ADMITTED, b"X-Budget-Tokens-Remaining: 1\r\n"), ContractError, "budget"),
        (answer("429 Busy", ENVELOPE % (b"NOT_A_CODE", b"true", b"")), ContractError, "at /code"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", ContractError, "does not answer in HTTP/1.1"),
    ],
)  # fmt: skip
def test_what_is_no_answer(byte_server: Any, reply: bytes, kind: type[ClientError], told: str) -> None:
    byte_server.say(reply)
    with pytest.raises(kind, match=told):
        ask(byte_server.url, submit)


@pytest.mark.requirement("OC-CLIENT-8503")
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        ("401 Unauthorized", b"UNAUTHENTICATED", KeyRefusedError),
        ("403 Forbidden", b"BUDGET_EXHAUSTED", RefusedError),
        ("429 Too Many Requests", b"RATE_LIMITED", BusyError),
        ("503 Service Unavailable", b"POOL_UNREADY", BusyError),
        ("409 Conflict", b"OPERATION_IN_PROGRESS", RefusedError),
        ("500 Internal Server Error", b"INTERNAL", RefusedError),
    ],
)
def test_every_refusal_has_its_type(byte_server: Any, status: str, code: bytes, kind: type) -> None:
    byte_server.say(answer(status, ENVELOPE % (code, b"true", b',"retry_after_ms":1500')))
    with pytest.raises(RefusedError) as raised:
        ask(byte_server.url, submit)
    assert type(raised.value) is kind
    assert (raised.value.code, raised.value.retriable, raised.value.retry_after_s) == (
        code.decode(),
        True,
        1.5,
    )


@pytest.mark.requirement("OC-CLIENT-8502")
@pytest.mark.parametrize("cut", [b"", answer("202 Accepted", ADMITTED)[:-5]], ids=["no answer", "half of it"])
def test_a_submission_is_sent_again_as_it_was(byte_server: Any, cut: bytes) -> None:
    for _ in range(2):
        byte_server.say(cut)
    byte_server.say(answer("202 Accepted", ADMITTED), linger=True)
    admission = ask(byte_server.url, submit)
    assert admission.response.queue_position == 2
    assert admission.budgets is None
    bodies = {request.partition(b"\r\n\r\n")[2] for request in byte_server.received}
    assert byte_server.accepted == 3
    assert len(bodies) == 1


@pytest.mark.requirement("OC-CLIENT-8502")
def test_a_submission_is_not_sent_for_ever(byte_server: Any) -> None:
    for _ in range(3):
        byte_server.say(b"")
    with pytest.raises(AnswerLostError, match=r"the connection to .* was lost"):
        ask(byte_server.url, submit)
    assert byte_server.accepted == 3


@pytest.mark.requirement("OC-CLIENT-8502")
def test_a_cancel_is_asked_once(byte_server: Any) -> None:
    byte_server.say(b"")
    with pytest.raises(AnswerLostError):
        ask(byte_server.url, lambda client: client.cancel("t"))
    assert byte_server.accepted == 1


def test_a_cancel_without_its_outcome(byte_server: Any) -> None:
    byte_server.say(answer("204 No Content", b"", b""))
    with pytest.raises(ContractError, match="outcome"):
        ask(byte_server.url, lambda client: client.cancel("t"))


def test_a_mute_server(byte_server: Any) -> None:
    byte_server.say(linger=True)
    with pytest.raises(UnreachableError, match=r"gave no answer within 0\.05 s"):
        ask(byte_server.url, submit, timeout_s=0.05)
    assert byte_server.accepted == 1


def test_an_answer_without_end(monkeypatch: pytest.MonkeyPatch, byte_server: Any) -> None:
    monkeypatch.setattr("orchqueue.client.transport.MAX_ANSWER_BYTES", 1000)
    byte_server.say(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 2000, linger=True)
    with pytest.raises(ContractError, match="more than 1000 bytes"):
        ask(byte_server.url, submit)


def test_where_nothing_listens(byte_server: Any) -> None:
    byte_server.close()
    with pytest.raises(UnreachableError, match=r"no connection to http://127.0.0.1:\d+: Connection refused"):
        ask(byte_server.url, submit)


@pytest.mark.parametrize(
    ("url", "key", "told"),
    [
        ("", None, "is no URL of a server"),
        ("127.0.0.1:8080", None, "one looks like http://127.0.0.1:8080"),
        ("ftp://h", None, "is no URL of a server"),
        ("http://h:99999", None, "is no URL"),
        ("http://h:0", None, "is no URL"),
        ("http://[::1", None, "is no URL"),
        ("http://u:p@h", None, "more than a scheme"),
        ("http://h/?a=1", None, "more than a scheme"),
        ("http://é", None, "more than a scheme"),
        ("http://h", "a\n", "line end"),
        ("http://h", "é", "line end"),
    ],
)
def test_addresses_and_keys_that_cannot_be_used(url: str, key: str | None, told: str) -> None:
    with pytest.raises(AddressError, match=told):
        AsyncClient(url, key)


def test_a_prefix_and_odd_ids_in_the_path(byte_server: Any) -> None:
    byte_server.say(answer("204 No Content", b"", b""))
    ask(byte_server.url + "/behind/", lambda client: client.delete_session("a/../b?c"))
    assert byte_server.received[0].startswith(b"DELETE /behind/v1/sessions/a%2F..%2Fb%3Fc HTTP/1.1\r\n")


def test_connections_are_kept(byte_server: Any) -> None:
    async def twice(client: AsyncClient) -> None:
        await client.delete_session("a")
        await client.delete_session("b")

    byte_server.say(answer("204 No Content", b"", b""), None, answer("204 No Content", b"", b""), linger=True)
    ask(byte_server.url, twice)
    assert byte_server.accepted == 1
