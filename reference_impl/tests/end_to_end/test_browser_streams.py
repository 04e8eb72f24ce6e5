"""The server's streams in a browser, in a page of the server's own origin, over connections that get lost.

The browser talks to a proxy that can cut what it carries; for the page that is the server.
"""

import json
import random
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any

import pytest
from selenium.webdriver import Chrome

from orchqueue.kit import EngineScript, Gate, RunningServer, ScriptedEngine

KEY = "key-of-the-page"
RESET = b"\x01\0\0\0\0\0\0\0"  # linger for no time: closing resets
HARNESS = """
globalThis.watch = (path, options) => {
  const source = new KeyedEventSource(path, { retryMs: 1, ...options });
  const log = { source, events: [], losses: 0, answer: null, waiting: [] };
  const tell = () => { log.waiting = log.waiting.filter(({ enough, done }) => !enough() || done()); };
  const own = (event) => {
    log.events.push([event.type, event.data, event.lastEventId]);
    tell();
  };
  for (const type of ["started", "token", "metrics", "end"]) source.addEventListener(type, own);
  source.onerror = async (event) => {
    if (event instanceof MessageEvent) return own(event);
    if (event.response === null) log.losses += 1;
    else log.answer = [event.response.status, await event.response.text(), source.readyState];
    tell();
  };
  log.until = (enough) => new Promise((done) => { log.waiting.push({ enough, done }); tell(); });
  log.tokens = () => log.events.filter(([type]) => type === "token").length;
  globalThis.log = log;
};
"""


class Proxy:
    """Carries connections to a port until it cuts them; `sent` has what the clients sent, a buffer for each.

    With `limits`, each next connection that carries a stream is cut after so many bytes of its answer.
    """

    def __init__(self, port: int) -> None:
        self.sent: list[bytearray] = []
        self.limits: list[int] = []
        self.reset = False
        self._port = port
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def streams(self, path: str) -> list[bytes | None]:
        """Return the `Last-Event-ID` of each request for the stream, in order; None where there was none."""
        pattern = rb"GET %s HTTP/1\.1\r\n((?:[^\r\n]+\r\n)*)\r\n" % path.encode()
        heads = [head for sent in self.sent for head in re.findall(pattern, bytes(sent))]
        found = [re.search(rb"(?im)^last-event-id: *(.*?)\r$", head) for head in heads]
        return [match and match[1] for match in found]

    def cut(self) -> None:
        """Cut every connection."""
        for sock in list(self._open):
            self._cut(sock)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            sent = bytearray()
            self.sent.append(sent)
            self._open += [client, server]
            threading.Thread(target=self._ask, args=(client, server, sent), daemon=True).start()
            threading.Thread(target=self._answer, args=(client, server, sent), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, sent: bytearray) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                sent += data
                server.sendall(data)
        self._cut(server)

    def _answer(self, client: socket.socket, server: socket.socket, sent: bytearray) -> None:
        left: int | None = None
        with suppress(OSError):
            while (data := server.recv(65536)) and left != 0:
                if left is None and self.limits and b"/stream" in sent:
                    left = self.limits.pop(0)
                if left is not None:
                    data = data[:left]
                    left -= len(data)
                client.sendall(data)
                if left == 0:
                    break
        self._cut(client)

    def _cut(self, sock: socket.socket) -> None:
        with suppress(OSError):
            if self.reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            # A thread that reads from it holds it open, and has to wake up first.
            sock.shutdown(socket.SHUT_RD if self.reset else socket.SHUT_RDWR)
        with suppress(ValueError):
            self._open.remove(sock)
        sock.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(slots=4, ms_per_token=0) as running:
        yield running


@pytest.fixture(scope="module")
def behind(engine: ScriptedEngine, launch_shared: Callable[..., RunningServer]) -> RunningServer:
    pools = [
        {
            "id": name,
            "engine": "llamacpp",
            "model": name,
            "workers": [{"id": name, "url": engine.url}],
            "cancel_on_disconnect": name == "leaving",
        }
        for name in ("staying", "leaving")
    ]
    key = {"id": "k", "sha256": sha256(KEY.encode()).hexdigest(), "scopes": ["data"]}
    return launch_shared({"keys": [key], "pools": pools, "streams": {"keepalive_ms": 20}})


@pytest.fixture(params=["closed", "reset"])
def proxy(request: pytest.FixtureRequest, behind: RunningServer) -> Iterator[Proxy]:
    running = Proxy(int(behind.url.rpartition(":")[2]))
    running.reset = request.param == "reset"
    yield running
    running.close()


class Page:
    """What tests do in the page."""

    def __init__(self, browser: Chrome) -> None:
        self._browser = browser

    def watch(self, path: str, key: str = KEY, **options: Any) -> None:
        self._browser.execute_script("watch(...arguments)", path, {"headers": {"X-API-Key": key}, **options})

    def wait(self, condition: str) -> None:
        code = f"const done = arguments[0]; log.until(() => {condition}).then(() => done());"
        self._browser.execute_async_script(code)

    def get(self, expression: str) -> Any:
        return self._browser.execute_script(f"return {expression};")


@pytest.fixture(params=["metrics", "nothing-here"])
def shown(request: pytest.FixtureRequest) -> str:
    """What the page is: the server serves none, but whatever it answers is of its origin."""
    return str(request.param)


@pytest.fixture
def page(browser: Chrome, load_example: Callable[[], None], proxy: Proxy, shown: str) -> Iterator[Page]:
    browser.get(f"{proxy.url}/{shown}")
    load_example()
    browser.execute_script(HARNESS)
    yield Page(browser)
    browser.get("about:blank")


Submit = Callable[..., str]


@pytest.fixture
def submit(behind: RunningServer, task: Callable[..., dict[str, Any]]) -> Submit:
    """Submit a task; return the path of its stream."""

    def run(model: str = "staying", **changes: Any) -> str:
        one = task(model_ref=model, **changes)
        assert behind.client(KEY).post("/v1/tasks", json=one).status == 202
        return f"/v1/tasks/{one['task_id']}/stream"

    return run


def as_read_later(behind: RunningServer, path: str) -> list[list[str | None]]:
    with behind.client(KEY).stream(path) as stream:
        return [[event.event, event.data, event.id] for event in stream.read_all()]


def test_a_stream_lost_between_two_tokens(
    page: Page, proxy: Proxy, behind: RunningServer, engine: ScriptedEngine, submit: Submit
) -> None:
    gate = Gate()
    engine.script(EngineScript(hold=gate, hold_after=5))
    path = submit(max_tokens=12)
    page.watch(path)
    page.wait("log.tokens() === 5")
    last_seen = page.get("log.source.lastEventId")
    proxy.cut()
    page.wait("log.losses === 1")
    gate.release()
    page.wait("log.answer !== null")
    events = page.get("log.events")
    assert events == as_read_later(behind, path)
    assert [int(last_id) for _, _, last_id in events] == list(range(len(events)))
    assert page.get("log.answer") == [204, "", 2]
    terminal = events[-1][2]
    assert proxy.streams(path) == [None, last_seen.encode(), terminal.encode()]


@pytest.mark.parametrize("seed", range(3))
def test_a_stream_lost_anywhere(
    page: Page, proxy: Proxy, behind: RunningServer, submit: Submit, seed: int
) -> None:
    source = random.Random(seed)
    # More than a head and the longest event, so that each connection gets further.
    proxy.limits = limits = [source.randrange(900, 1800) for _ in range(12)]
    print(seed, limits)
    path = submit(max_tokens=120)
    page.watch(path)
    page.wait("log.answer !== null")
    assert page.get("log.events") == as_read_later(behind, path)
    assert page.get("log.answer") == [204, "", 2]
    # Where a kept connection is reset before the answer, the browser itself asks again and tells no one.
    assert 4 <= page.get("log.losses") < len(proxy.streams(path))


def test_a_page_may_go_on_after_what_an_earlier_one_saw(
    page: Page, behind: RunningServer, submit: Submit
) -> None:
    path = submit(max_tokens=6)
    all_events = as_read_later(behind, path)
    page.watch(path, lastEventId="3")
    page.wait("log.answer !== null")
    assert page.get("log.events") == all_events[4:]


def test_a_task_that_fails_tells_why_and_then_ends(
    page: Page, engine: ScriptedEngine, submit: Submit
) -> None:
    engine.script(EngineScript(error_after=2))
    page.watch(submit(max_tokens=6))
    page.wait("log.answer !== null")
    kind, data, _ = page.get("log.events")[-1]
    assert (kind, json.loads(data)["code"]) == ("error", "INTERNAL")
    assert page.get("log.answer") == [204, "", 2]


@pytest.mark.parametrize(
    ("key", "known", "status", "code"), [("wrong", True, 403, "FORBIDDEN"), (KEY, False, 404, "NOT_FOUND")]
)
def test_a_refusal_is_told_with_its_envelope(
    page: Page, proxy: Proxy, submit: Submit, key: str, known: bool, status: int, code: str
) -> None:
    path = submit() if known else "/v1/tasks/6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c0ff/stream"
    page.watch(path, key)
    page.wait("log.answer !== null")
    answered, body, state = page.get("log.answer")
    assert (answered, json.loads(body)["code"], state) == (status, code, 2)
    assert page.get("log.losses") == 0
    assert proxy.streams(path) == [None]


def test_a_page_that_closes_its_source_has_left(
    page: Page, proxy: Proxy, behind: RunningServer, engine: ScriptedEngine, submit: Submit
) -> None:
    gate = Gate()
    engine.script(EngineScript(hold=gate, hold_after=2))
    path = submit("leaving", max_tokens=6)
    page.watch(path)
    page.wait("log.tokens() === 2")
    page.get("log.source.close()")
    line = behind.wait_for_log(lambda line: line["event"] == "task.canceled" and line["task_id"] in path)
    assert line["reason"] == "disconnect"
    assert page.get("[log.source.readyState, log.losses, log.answer]") == [2, 0, None]
    assert proxy.streams(path) == [None]
    gate.release()
