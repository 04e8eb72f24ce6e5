"""Pact's verifier finds what is not as agreed, and what could not be played is no pass."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from orchqueue.kit import NotTestable
from orchqueue.verify.pacts import interactions, play

TOLD = {"model": "m", "engine": "llamacpp", "task_id": "", "session_id": ""}
TASK, SESSION = "6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c001", "6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c100"
ADMISSION = {
    "task_id": TASK,
    "job_id": "j",
    "queue_position": 0,
    "predicted_start_ms": 0,
    "backoff_ms": 0,
}


class Played(ThreadingHTTPServer):
    """Answers everything with one answer, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.headers = 202, b"", {"X-Correlation-Id": "c-1"}
        self.asked: list[tuple[str, str, dict[str, Any], str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Played

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(
            (self.command, self.path, json.loads(body or b"{}"), self.headers["X-API-Key"])
        )
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Played]:
    with Played() as played:
        thread = threading.Thread(target=played.serve_forever, args=(0.02,))
        thread.start()
        yield played
        played.shutdown()
        thread.join()


def establish(_state: str) -> dict[str, str]:
    return {**TOLD, "task_id": TASK, "session_id": SESSION}


def test_what_is_as_agreed_is_no_finding_and_is_asked_with_what_the_state_says(server: Played) -> None:
    server.body = json.dumps(ADMISSION).encode()
    assert play("accepted", server.url, "a-key", establish) == []
    ((method, path, body, key),) = server.asked
    assert (method, path, key) == ("POST", "/v1/tasks", "a-key")
    assert (body["model_ref"], body["task_id"], body["session_id"]) == ("m", TASK, SESSION)


@pytest.mark.parametrize(
    ("status", "body", "headers", "word"),
    [
        (200, ADMISSION, {"X-Correlation-Id": "c-1"}, "202"),
        (202, {**ADMISSION, "queue_position": "first"}, {"X-Correlation-Id": "c-1"}, "queue_position"),
        (202, {k: v for k, v in ADMISSION.items() if k != "job_id"}, {"X-Correlation-Id": "c-1"}, "job_id"),
        (202, ADMISSION, {}, "X-Correlation-Id"),
    ],
)
def test_what_is_not_as_agreed_is_found(
    server: Played, status: int, body: dict[str, Any], headers: dict[str, str], word: str
) -> None:
    server.status, server.body, server.headers = status, json.dumps(body).encode(), headers
    found = play("accepted", server.url, "a-key", establish)
    assert found
    assert any(word.lower() in each.lower() for each in found), found


def test_a_state_that_cannot_be_brought_about_is_told(server: Played) -> None:
    def fail(state: str) -> dict[str, str]:
        raise NotTestable(f"no {state} here")

    with pytest.raises(NotTestable, match="no a ready pool here"):
        play("accepted", server.url, "a-key", fail)
    assert server.asked == []


def test_an_interaction_that_the_pact_does_not_have_is_not_played(server: Played) -> None:
    with pytest.raises(NotTestable, match="was not played"):
        play("no such", server.url, "a-key", establish)


def test_a_server_that_is_not_there_is_found() -> None:
    assert play("accepted", "http://127.0.0.1:9", "a-key", establish)


def test_the_fourteen_interactions_are_in_the_package() -> None:
    assert len(interactions()) == 14
    assert interactions()["cancelled"] == "a running task"
