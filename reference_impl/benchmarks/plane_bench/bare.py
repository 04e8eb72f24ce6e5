"""What admission is measured against: a Litestar handler that takes the body as a pydantic model and does
nothing with it, and an ASGI application without a framework that does by hand what admission does.

A process; its arguments are the port and the name of the application.
"""

import sys
from hashlib import sha256
from hmac import compare_digest
from time import monotonic, time
from typing import Any
from uuid import uuid4

import msgspec
import uvicorn
from litestar import Litestar, get, post
from prometheus_client import Counter

from orchestratord.core._queue import create_queue
from orchqueue_contract.models import AdmissionResponse, CompletionRequest
from orchqueue_contract.structs import CompletionRequest as Struct

KEY = "a-key-for-benchmarks"


@post("/v1/tasks", status_code=202)
async def accept(data: CompletionRequest) -> AdmissionResponse:
    """Do nothing with a task."""
    return AdmissionResponse(
        task_id=data.task_id, job_id=data.task_id, queue_position=0, predicted_start_ms=0, backoff_ms=0
    )


@get("/up")
async def up() -> None:
    """Say that the server is up."""


class Raw:
    """Key, correlation id, strict body, queue, counter, log line and answer, each in its shortest form."""

    def __init__(self) -> None:
        self._digest = sha256(KEY.encode()).digest()
        self._decode = msgspec.json.Decoder(Struct).decode
        self._encode = msgspec.json.Encoder().encode
        self._queue = create_queue(1_000_000, "reject", 30_000.0, "strict")
        self._count = Counter("tasks_enqueued", "Tasks.", ("engine", "priority")).labels
        self._log = open("/dev/null", "wb", buffering=0)  # noqa: SIM115, PTH123 - open as long as the process
        self._known: dict[str, Struct] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["path"] == "/up":
            await _answer(send, 200, b"", [])
            return
        headers = dict(scope["headers"])
        request_id = headers.get(b"x-correlation-id") or str(uuid4()).encode()
        if not compare_digest(sha256(headers[b"x-api-key"]).digest(), self._digest):
            raise PermissionError
        message = await receive()
        task = self._decode(message["body"])
        job_id = str(uuid4())
        position = self._queue.enqueue(job_id, None, 0, monotonic() * 1000)
        self._known[task.task_id] = task
        self._count(task.engine, task.priority).inc()
        line = {"ts": time(), "event": "task.admitted", "task_id": task.task_id, "job_id": job_id}
        self._log.write(self._encode(line))
        answer = {"task_id": task.task_id, "job_id": job_id, "queue_position": position, "backoff_ms": 0}
        body = self._encode(answer)
        await _answer(send, 202, body, [(b"x-correlation-id", request_id)])


async def _answer(send: Any, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    told = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})


APPLICATIONS: dict[str, Any] = {"litestar": lambda: Litestar([accept, up], openapi_config=None), "raw": Raw}


if __name__ == "__main__":
    uvicorn.run(
        APPLICATIONS[sys.argv[2]](),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
    )
