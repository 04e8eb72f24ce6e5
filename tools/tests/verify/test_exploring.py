"""Exploration against servers of a few lines: what is wrong with them is found, and what is right is not."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from orchqueue.kit import Exchange
from orchqueue.verify.exploring import Depth, Explored, explore

KEY = "a-key"
FEW = Depth(examples=2)
CORRELATION = ("X-Correlation-Id", "c-1")

Answer = tuple[int, list[tuple[str, str]], str]
Respond = Callable[[str, str, str | None], Answer]


def refusal(status: int, code: str, pointer: str | None = None) -> Answer:
    details = [{"pointer": pointer, "message": "No."}] if pointer else []
    body = {"code": code, "message": "No.", "correlation_id": "c-1", "retriable": False, "details": details}
    return status, [CORRELATION, ("Content-Type", "application/json")], json.dumps(body)


@pytest.fixture
def serve() -> Iterator[Callable[[Respond], str]]:
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(respond: Respond) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.close_connection = True
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    return
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, body = respond(self.command, self.path, self.headers.get("X-API-Key"))
                self.send_response(status)
                data = body.encode()
                for name, value in [*headers, ("Content-Length", str(len(data))), ("Connection", "close")]:
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                """Keep quiet: pytest shows what a test has to say."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def run(url: str, operation: str) -> tuple[Explored, list[Exchange]]:
    exchanges: list[Exchange] = []
    return explore(url, KEY, operation, FEW, exchanges.append), exchanges


def session(method: str, path: str, key: str | None) -> Answer:
    """A right server that knows no session."""
    if method not in ("GET", "DELETE"):
        status, headers, body = refusal(405, "METHOD_NOT_ALLOWED")
        return status, [*headers, ("Allow", "DELETE, GET")], body
    if key != KEY:
        status, headers, body = refusal(401, "UNAUTHENTICATED")
        return status, [*headers, ("WWW-Authenticate", 'ApiKey realm="orchqueue"')], body
    return refusal(404, "NOT_FOUND")


def test_nothing_is_found_about_a_right_server(serve: Callable[[Respond], str]) -> None:
    explored, exchanges = run(serve(session), "getSession")
    assert explored.found == ()
    assert explored.answered == len(exchanges) > 0
    assert {exchange.status for exchange in exchanges} >= {401, 404}


def test_a_server_that_asks_for_no_key_is_found(serve: Callable[[Respond], str]) -> None:
    def keyless(method: str, path: str, key: str | None) -> Answer:
        return (204, [CORRELATION], "") if method == "DELETE" else session(method, path, key)

    explored, _ = run(serve(keyless), "deleteSession")
    assert any("auth" in one.message.lower() for one in explored.found), explored.found


def test_an_undeclared_status_is_found_with_a_line_that_shows_it(serve: Callable[[Respond], str]) -> None:
    def teapot(method: str, path: str, key: str | None) -> Answer:
        status, headers, body = session(method, path, key)
        return (418, headers, body) if status == 404 else (status, headers, body)

    explored, _ = run(serve(teapot), "getSession")
    assert {one.operation for one in explored.found} == {"getSession"}
    assert any("418" in one.message and one.curl.startswith("curl -X GET") for one in explored.found)


def test_a_refusal_that_names_no_state_is_found(serve: Callable[[Respond], str]) -> None:
    def picky(method: str, path: str, key: str | None) -> Answer:
        return refusal(400, "INVALID_PARAMS", "/kind") if key == KEY else session("GET", path, key)

    def stateful(method: str, path: str, key: str | None) -> Answer:
        return refusal(400, "INVALID_PARAMS", "/parent") if key == KEY else session("GET", path, key)

    wrong, _ = run(serve(picky), "createArtifact")
    assert any("was refused for /kind" in one.message for one in wrong.found), wrong.found
    right, _ = run(serve(stateful), "createArtifact")
    assert not any("was refused for" in one.message for one in right.found), right.found
