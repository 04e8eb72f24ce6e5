"""What a client is told when the server itself fails: an envelope, and nothing of the cause."""

import asyncio
import json
from typing import Any

import litestar
import pytest

from orchestratord.core.errors import OrchestratorError
from orchestratord.http.context import HANG_UP
from orchestratord.http.edge import Edge
from orchestratord.http.incoming import BodyLimits
from orchestratord.http.keys import KeyRing
from orchestratord.http.paths import PathTable
from orchestratord.http.rendering import error_response
from orchestratord.logs import Log
from orchqueue_contract.errors import ErrorCode
from orchqueue_contract.operations import OPERATIONS
from orchqueue_contract.routes import UndeclaredResponseError


async def ask(app: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Messages of the answer to GET /metrics, and the log lines."""
    lines: list[bytes] = []
    log = Log(lines.append, "info", "boot")
    edge = Edge(
        app,
        submit=app,
        paths=PathTable(OPERATIONS.values()),
        keys=KeyRing([], lambda: 0.0),
        limits=BodyLimits(1024, 100, 1000),
        log=log,
        check_rate=lambda _: None,
        refused=lambda *_: None,
    )
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/metrics",
        "raw_path": b"/metrics",
        "headers": [(b"host", b"x"), (b"x-correlation-id", b"corr")],
        HANG_UP: lambda: sent.append({"type": "hung up"}) is None,
    }
    try:
        await edge(scope, receive, send)
    finally:
        sent.append({"lines": [json.loads(line) for line in lines]})
    return sent, sent.pop()["lines"]


def test_a_defect_before_the_answer_is_an_envelope() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("SECRET")

    sent, lines = asyncio.run(ask(app))
    assert sent[0]["status"] == 500
    assert (b"x-correlation-id", b"corr") in sent[0]["headers"]
    body = json.loads(sent[1]["body"])
    assert (body["code"], body["correlation_id"], body["retriable"]) == ("INTERNAL", "corr", False)
    assert lines[0]["error_type"] == "ValueError"
    assert "SECRET" not in json.dumps([body, lines])


def test_a_defect_amid_the_answer_breaks_it_off() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("SECRET")

    sent, lines = asyncio.run(ask(app))
    assert [message["type"] for message in sent] == ["http.response.start", "hung up"]
    assert [(line["event"], line["error_type"]) for line in lines] == [("request.defect", "ValueError")]
    assert "SECRET" not in json.dumps(lines)


def test_a_reader_that_is_too_slow_is_cut_off_and_that_is_logged() -> None:
    # Through the framework, which wraps what is raised after the beginning of an answer.
    @litestar.asgi("/metrics", copy_scope=True)
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise OrchestratorError(ErrorCode.EVENTS_GONE, "gone")

    sent, lines = asyncio.run(ask(litestar.Litestar([app], openapi_config=None, logging_config=None)))
    assert [message["type"] for message in sent] == ["http.response.start", "hung up"]
    assert [(line["event"], line["code"]) for line in lines] == [("stream.cut", "EVENTS_GONE")]


def test_an_undeclared_answer_is_not_given() -> None:
    with pytest.raises(UndeclaredResponseError, match="getCapabilities"):
        error_response("getCapabilities", OrchestratorError(ErrorCode.NOT_FOUND, "no"), "corr")
