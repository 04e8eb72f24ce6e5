"""The stubs type-check: a declared answer passes, any other does not."""

import re
from pathlib import Path

from mypy import api

from orchqueue_contract.routes import Operations

SERVER = """\
from collections.abc import AsyncIterator
from typing import Any
from orchqueue_contract import structs
from orchqueue_contract.routes import *

class Server(Operations[str]):
    async def get_metrics(self, context: str) -> GetMetricsResponse:
        return GetMetrics200(body=b"", content_type="text/plain")
    async def get_capabilities(self, context: str) -> GetCapabilitiesResponse:
        body = structs.Capabilities(api_version="1.0.0", profiles=["core"], engines=[])
        return GetCapabilities200(body=body)
    async def create_task(self, context: str, body: Body[structs.TaskRequest]) -> CreateTaskResponse:
        task = body.decode()
        if task.workload == "embedding":
            return CancelTask204(x_cancel_outcome="already-finished")  # E: another operation's
        if context == "wrong body":
            return CreateTask202(body=structs.ErrorDetail(message="m"))  # E: another body
        if context == "wrong code":
            problem = self.problem("POOL_UNREADY")  # E: a code as text
            return CreateTask503(body=problem, retry_after=1, x_backoff_ms=1)
        if context == "no header":
            return CreateTask429(body=self.problem(structs.ErrorCode.INTERNAL))  # E: required headers
        if context == "text for a number":
            return CreateTask429(
                body=self.problem(structs.ErrorCode.RATE_LIMITED),
                retry_after="1",  # E: a number
                x_backoff_ms=1,
            )
        if context == "a dictionary":
            return {"task_id": task.task_id}  # E: no response
        return CreateTask202(
            body=structs.AdmissionResponse(
                task_id=task.task_id, job_id="j", queue_position=0, predicted_start_ms=0, backoff_ms=0
            ),
            x_budget_tokens_remaining="unlimited",
        )
    async def cancel_task(self, context: str, id: str) -> CancelTask204 | CancelTask404:
        return CancelTask204(x_cancel_outcome="canceled")  # E: no such outcome
    async def stream_task(self, context: str, id: str, last_event_id: str | None) -> StreamTaskResponse:
        return StreamTask200(body=self.events())
    async def events(self) -> AsyncIterator[bytes]:
        yield b""
    def problem(self, code: structs.ErrorCode) -> structs.ErrorEnvelope:
        return structs.ErrorEnvelope(code=code, message="m", retriable=False, correlation_id="c")
    # the others

class Half(Operations[str]):
    async def get_metrics(self, context: str) -> GetMetricsResponse:
        return GetMetrics200(body=b"", content_type="text/plain")

handlers = route_handlers(Server(), lambda scope: str(scope["method"]))
half = Half()  # E: abstract
"""


def test_only_declared_answers_pass(tmp_path: Path) -> None:
    source = tmp_path / "server.py"
    written = set(re.findall(r"async def (\w+)", SERVER))
    others = (
        f"    async def {name}(self, *given: Any, **named: Any) -> Any: return given, named"
        for name in sorted(Operations.__abstractmethods__ - written)
    )
    server = SERVER.replace("    # the others", "\n".join(others))
    source.write_text(server)
    root = Path(__file__).parents[3]
    options = ["--config-file", str(root / "pyproject.toml"), "--no-error-summary", "--show-error-codes"]
    output, problems, _ = api.run([*options, str(source)])
    assert problems == ""
    found = {int(number) for number in re.findall(r"^[^:\n]*server\.py:(\d+): error", output, re.MULTILINE)}
    lines = server.splitlines()
    expected = {number for number, line in enumerate(lines, 1) if "# E:" in line}
    assert found == expected, output
