"""What `orchqueue task` relies on, written down as a pact by the command itself, as the client's is."""

import asyncio
import io
from typing import Any

import pytest
from declaring import (
    ADVICE,
    ANY_TASK,
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
from pact import Pact, match

from orchqueue.client import AsyncClient
from orchqueue.task import commands
from orchqueue.task.course import Course
from orchqueue.task.follow import follow
from orchqueue.task.view import View

NAME = "orchqueue.task-orchestrator.json"
OPTIONS = ["--max-tokens", "2", "--session", SESSION, "--api-key", "key"]
SERVED = {
    "engine": match.regex("llamacpp", regex="llamacpp|vllm|tgi|triton"),
    "engine_version": match.str("1"),
    "ctx_max": match.int(4096),
    "concurrency": match.int(1),
    "supported_workloads": match.each_like(match.regex("completion", regex="completion|embedding|rerank")),
    "rate_limits": {},
    "features": {},
    "models": match.each_like(match.str("pact")),
}


def declare(pact: Pact) -> None:
    """Write every interaction down."""
    asked = interaction(pact, "what is served", "a ready pool", "GET", "/v1/capabilities")
    told = {"api_version": match.str("1.0.0"), "profiles": match.each_like("core")}
    answers(asked, 200, {**told, "engines": match.each_like(SERVED)})
    accepted(pact, "accepted", task(0), ANY_TASK)
    asked = interaction(pact, "no room", "a full queue that rejects", "POST", "/v1/tasks")
    with_task(asked, task(3, priority="batch"))
    answers(asked, 429, envelope("ADMISSION_REJECT", True, "reject"), **ADVICE)
    stream_to_the_end(pact, "stream", 0)
    lost = "a task whose engine was lost after a token"
    stream_to_an_error(pact, "worker reset", lost, 1, "WORKER_RESET", retriable=True)
    cancelled(pact, "cancelled", 0)
    session_read(pact, "budgets")


def run(url: str, number: int, *more: str) -> int:
    """Run the command as a shell does; return its exit code."""
    arguments = ["hello", "--url", url, "--task-id", UUIDS[number], *OPTIONS, *more]
    with pytest.raises(SystemExit) as ended:
        commands.task.main(arguments, "orchqueue task")
    return int(ended.value.code or 0)


class Closed(io.RawIOBase):
    """A pipe that nobody reads."""

    def write(self, _data: Any) -> int:
        raise BrokenPipeError


async def leave(url: str, number: int) -> Course:
    """Follow a task whose reader leaves, which cancels it."""
    course = Course(task(number))
    async with AsyncClient(url, "key") as client:
        await follow(client, course, View(Closed(), io.StringIO()), wait=False)
    return course


@pytest.fixture
def written(capfdbinary: pytest.CaptureFixture[bytes]) -> dict[str, Any]:
    """The pact that the command's use writes."""
    pact = Pact("orchqueue.task", "orchestrator").with_specification("V4")
    declare(pact)
    with pact.serve() as server:
        url = str(server.url)
        assert run(url, 0) == 0
        out, err = capfdbinary.readouterr()
        assert (out, b"budgets" in err) == (b"a", True)
        assert [run(url, 1), run(url, 3, "--priority", "batch")] == [1, 1]
        assert asyncio.run(leave(url, 0)).cancel == "canceled-running"
        assert server.matched, server.mismatches
    return written_as(pact, NAME)


@pytest.mark.requirement("OC-CLIENT-8521")
def test_the_pact_is_what_the_command_does(written: dict[str, Any]) -> None:
    assert written == committed(NAME), f"if that is meant: cp build/pacts/{NAME} contracts/pacts/"
    assert len(written["interactions"]) == 7
    assert findings(*written["interactions"]) == []
