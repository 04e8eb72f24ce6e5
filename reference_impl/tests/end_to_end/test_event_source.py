"""The example's event source against the browser's own: the same bytes have to become the same events."""

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

NAMES = ("message", "a", "b", " b", "\ufeffa", "é", "\ufffd")
HARNESS = """
const [keyed, names, url, done] = arguments;
const Source = keyed ? KeyedEventSource : EventSource;
const source = new Source(url), seen = [];
const own = (event) => seen.push([event.type, event.data, event.lastEventId, event.origin]);
for (const name of names) source.addEventListener(name, own);
source.onopen = () => seen.push(["open", source.readyState]);
source.onerror = (event) => {
  if (event instanceof MessageEvent) return own(event);
  seen.push(["error", source.readyState]);
  if (source.readyState === Source.CLOSED) done(seen);
};
"""
Answer = tuple[int, str, bytes] | None
STREAM = "text/event-stream"


class Script:
    """Answers each path by what was said for it, in order, then 204; None breaks off without an answer.

    `last_ids` has the `Last-Event-ID` of each request to a path, as the bytes that came.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.last_ids: dict[str, list[bytes | None]] = {}
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script.answer(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        last_id = request.headers.get("Last-Event-ID")
        self.last_ids.setdefault(request.path, []).append(
            None if last_id is None else last_id.encode("latin-1")
        )
        answers = self.answers.get(request.path, [])
        answer = answers.pop(0) if answers else (204, "", b"")
        if answer is not None:
            status, kind, body = answer
            with suppress(OSError):
                request.send_response(status)
                if kind:
                    request.send_header("Content-Type", kind)
                request.end_headers()
                request.wfile.write(body)
        request.close_connection = True

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@pytest.fixture(scope="module")
def script() -> Iterator[Script]:
    running = Script()
    yield running
    running.close()


@pytest.fixture(scope="module")
def page(browser: Any, script: Script, load_example: Callable[[], None]) -> Any:
    script.answers["/page"] = [(200, "text/plain", b"a page")]
    browser.get(f"{script.url}/page")
    load_example()
    return browser


@pytest.fixture
def both(page: Any, script: Script) -> Callable[..., Any]:
    """Give what an event source made of the answers, ours and the browser's, if it is the same."""
    numbers = itertools.count()

    def run(*answers: Answer) -> Any:
        found = []
        for keyed in (True, False):
            path = f"/{next(numbers)}-{keyed}"
            script.answers[path], script.last_ids[path] = list(answers), []
            seen = page.execute_async_script(HARNESS, keyed, NAMES, script.url + path)
            found.append((seen, script.last_ids.pop(path)))
        ours, browsers = found
        assert ours == browsers
        return ours

    return run


def events(seen: Any) -> list[list[str]]:
    return [entry[:3] for entry in seen if len(entry) > 2]


BLOCKS: dict[str, tuple[bytes, list[list[str]]]] = {
    "one line": (b"data: x\n\n", [["message", "x", ""]]),
    "several lines": (b"data: x\ndata:y\ndata\ndata:  z\n\n", [["message", "x\ny\n\n z", ""]]),
    "carriage returns": (b"data: x\rid: 1\r\rdata: y\r\r", [["message", "x", "1"], ["message", "y", "1"]]),
    "both": (
        b"data: x\r\nid: 1\r\n\r\ndata: y\r\n\r\n",
        [["message", "x", "1"], ["message", "y", "1"]],
    ),
    "mixed": (b"data: x\r\n\ndata: y\n\r\ndata: z\r\n\r", [["message", n, ""] for n in "xyz"]),
    "a name": (b"event: a\ndata: x\n\ndata: y\n\n", [["a", "x", ""], ["message", "y", ""]]),
    "a name alone": (b"event: a\n\ndata: x\n\n", [["message", "x", ""]]),
    "an empty name": (b"event: a\nevent\ndata: x\n\n", [["message", "x", ""]]),
    "an id stays": (b"id: 1\ndata: x\n\ndata: y\n\n", [["message", "x", "1"], ["message", "y", "1"]]),
    "an id alone": (b"id: 7\n\n", []),
    "an id taken back": (
        b"id: 1\ndata: x\n\nid\ndata: y\n\n",
        [["message", "x", "1"], ["message", "y", ""]],
    ),
    "an id with a NUL": (
        b"id: 1\ndata: x\n\nid: 2\0\ndata: y\n\n",
        [["message", "x", "1"], ["message", "y", "1"]],
    ),
    "an id beyond ASCII": ("id: é你\ndata: x\n\n".encode(), [["message", "x", "é你"]]),
    "comments": (b": ping\n\n:\n:data: no\ndata: x\n: in between\n\n", [["message", "x", ""]]),
    "unknown fields": (b"colour: red\ndatax: 1\n data: 2\ndata: x\n\n", [["message", "x", ""]]),
    "an empty event": (b"data\n\n", [["message", "", ""]]),
    "no data": (b"event: a\nid: 3\n\n\n\n", []),
    "an unfinished event": (b"data: x\n\ndata: y\n", [["message", "x", ""]]),
    "an unfinished line": (b"data: x\n\ndata: y", [["message", "x", ""]]),
    "bytes that are not UTF-8": (b"data: \xff\xc3\n\n", [["message", "\ufffd\ufffd", ""]]),
    "colons": (b"data: a:b: c\n\n", [["message", "a:b: c", ""]]),
    "nothing": (b"", []),
    "an error of the stream's": (b"event: error\ndata: x\n\n", [["error", "x", ""]]),
    "a bad pause": (b"retry: 9000000x\nretry: -1\ndata: x\n\n", [["message", "x", ""]]),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(both: Callable[..., Any], name: str) -> None:
    body, expected = BLOCKS[name]
    seen, _ = both((200, STREAM, b"retry: 1\n\n" + body))
    assert events(seen) == expected


@pytest.mark.parametrize(("marks", "expected"), [(1, [["message", "x", ""]]), (2, [])])
def test_a_byte_order_mark_is_taken_away_once(both: Callable[..., Any], marks: int, expected: Any) -> None:
    seen, _ = both((200, STREAM, b"\xef\xbb\xbf" * marks + b"data: x\n\nretry: 1\n\n"))
    assert events(seen) == expected


def test_the_course_of_a_source_that_reconnects(both: Callable[..., Any]) -> None:
    seen, last_ids = both(
        (200, STREAM, b"retry: 1\nid: 4\ndata: x\n\nid: 5\ndata: cut"),
        None,
        (200, "Text/Event-Stream; charset=utf-8", b"data: y\n\nid: 6\n\n"),
    )
    assert [entry[:2] for entry in seen] == [
        ["open", 1],
        ["message", "x"],
        ["error", 0],
        ["error", 0],
        ["open", 1],
        ["message", "y"],
        ["error", 0],
        ["error", 2],
    ]
    assert events(seen) == [["message", "x", "4"], ["message", "y", "4"]]
    assert last_ids == [None, b"4", b"4", b"6"]


def test_an_id_is_sent_as_its_bytes(both: Callable[..., Any]) -> None:
    _, last_ids = both((200, STREAM, "retry: 1\nid: é你\ndata: x\n\n".encode()))
    assert last_ids == [None, "é你".encode()]


@pytest.mark.parametrize(
    "answer",
    [
        (204, "", b""),
        (401, "application/json", b"{}"),
        (500, STREAM, b"data: x\n\n"),
        (200, "text/plain", b"data: x\n\n"),
        (200, "", b"data: x\n\n"),
    ],
)
def test_a_refusal_is_final(both: Callable[..., Any], answer: Answer) -> None:
    seen, last_ids = both(answer, (200, STREAM, b"data: too late\n\n"))
    assert seen == [["error", 2]]
    assert last_ids == [None]


PIECES = [b"data", b"data:", b"data: ", b"id:", b"id: ", b"event: a", b"event:b", b"x", b" ", b":", b"\0"]
PIECES += [b"\n", b"\r", b"\r\n", b"\n\n", "é".encode(), "\ufeff".encode(), b"\xff", b"\xe4\xbd"]


def drawn(source: random.Random) -> bytes:
    return b"".join(source.choice(PIECES) for _ in range(source.randrange(60)))


@pytest.mark.parametrize("seed", range(40))
def test_any_bytes_become_the_same_events(both: Callable[..., Any], seed: int) -> None:
    body = drawn(random.Random(seed))
    print(body)
    both((200, STREAM, b"retry: 1\n" + body))


def test_where_a_text_is_cut_makes_no_difference(page: Any) -> None:
    source = random.Random(1)
    texts = [body.decode("utf-8", "replace") for body, _ in BLOCKS.values()]
    texts += [drawn(source).decode("utf-8", "replace") for _ in range(40)]
    differing = page.execute_script(
        """
        const parse = (parts) => {
          const parser = new EventStreamParser();
          return JSON.stringify([parts.flatMap((part) => parser.feed(part)), parser.retryMs]);
        };
        return arguments[0].filter((text) => {
          const whole = parse([text]);
          const halves = [...text].map((_, at) => [text.slice(0, at), text.slice(at)]);
          return [...halves, text.split(""), ["", text, ""]].some((parts) => parse(parts) !== whole);
        });
        """,
        texts,
    )
    assert differing == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("retry: 25\n", 25), ("retry:025\n", 25), ("retry: 2.5\n", None), ("retry: 9\nretry: x\n", 9)],
)
def test_the_pause_that_a_stream_asks_for(page: Any, text: str, expected: int | None) -> None:
    code = "const parser = new EventStreamParser(); parser.feed(arguments[0]); return parser.retryMs;"
    assert page.execute_script(code, text) == expected


@pytest.mark.parametrize(
    "bad", ["new KeyedEventSource('http://:')", "new KeyedEventSource('/', {headers: {a: 'b\\nc'}})"]
)
def test_what_cannot_be_sent_is_the_callers_error(page: Any, bad: str) -> None:
    assert page.execute_script(f"try {{ {bad}; }} catch (error) {{ return error.name; }}") == "TypeError"
