"""The stubs: what an operation is given, what it may answer, and what happens when it does otherwise."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
import pytest
from litestar import Litestar

Message = MutableMapping[str, Any]
ORDER = {"kind": "book", "digest": "sha256:00ff", "names": ["a"], "count": 1, "address": {"street": "s"}}


class Exchange:
    """One request to an ASGI application, and what came back."""

    def __init__(
        self, method: str, path: str, body: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        self.scope: Message = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": list(headers),
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
            "root_path": "",
            "extensions": {},
            "state": {},
        }
        half = len(body) // 2
        self._incoming: list[Message] = [
            {"type": "http.request", "body": body[:half], "more_body": True},
            {"type": "http.request", "body": body[half:], "more_body": False},
        ]
        self.left = asyncio.Event()
        self.sent: list[Message] = []

    async def __call__(self, app: Any) -> "Exchange":
        await asyncio.wait_for(app(self.scope, self._receive, self._send), timeout=30)
        return self

    async def _receive(self) -> Message:
        if self._incoming:
            return self._incoming.pop(0)
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])


Answer = Callable[..., Awaitable[Any]]


def application(package: Any, *, on_failure: Any = None, **answers: Answer) -> Litestar:
    """The sample's routes, where each operation answers as told, and fails when it was told nothing."""
    routes = package.module("routes")

    async def unexpected(*_: object) -> Any:
        raise AssertionError("this operation was not expected to be called")

    methods = ("create_order", "follow_order", "cancel_order", "get_text")
    body = {name: staticmethod(answers.get(name, unexpected)) for name in methods}
    operations = type("Operations", (routes.Operations,), body)()
    handlers = routes.route_handlers(operations, lambda scope: scope["method"], on_failure)
    return Litestar(handlers, openapi_config=None, logging_config=None)


def _run(app: Litestar, *exchange: Any) -> Exchange:
    return asyncio.run(Exchange(*exchange)(app))


def test_an_operation_gets_its_arguments_typed(sample: Any) -> None:
    seen: list[Any] = []
    routes, structs = sample.module("routes"), sample.module("structs")

    async def create(context: str, x_trace: str, body: Any) -> Any:
        seen.extend([context, x_trace, body.raw, body.decode()])
        return routes.CreateOrder202(body=structs.Receipt(id="1", left=None))

    raw = json.dumps({**ORDER, "count": 2.0}).encode()
    headers = ((b"x-trace", b"a"), (b"x-correlation-id", b"c"), (b"x-trace", b"b"))
    done = _run(application(sample, create_order=create), "POST", "/v1/orders", raw, headers)
    assert seen[:3] == ["POST", "a, b", raw]
    assert seen[3] == structs.BookOrder(
        digest="sha256:00ff", names=["a"], count=2, address=structs.BookOrderAddress(street="s")
    )
    assert type(seen[3].count) is int
    assert seen[3].tags == ["new"]
    assert (done.status, done.body) == (202, b'{"id":"1","left":null}')
    assert done.headers == {b"content-type": b"application/json", b"content-length": b"22"}


def test_headers_are_rendered_from_typed_fields(sample: Any) -> None:
    routes, structs = sample.module("routes"), sample.module("structs")

    async def create(context: str, x_trace: str, body: Any) -> Any:
        problem = structs.Problem(code="BUSY")
        return routes.CreateOrder429(body=problem, retry_after=3)

    done = _run(application(sample, create_order=create), "POST", "/v1/orders")
    assert done.status == 429
    assert done.headers[b"retry-after"] == b"3"
    refused = routes.CreateOrder401(body=structs.Problem(code="UNAUTHENTICATED"))
    assert (b"www-authenticate", b"ApiKey") in refused.render()[1]
    taken = routes.CreateOrder202(body=structs.Receipt(id="1", left=1), x_left="2.5")
    assert (b"x-left", b"2.5") in taken.render()[1]
    with pytest.raises(TypeError, match="retry_after"):
        routes.CreateOrder429(body=structs.Problem(code="BUSY"))


def test_an_answer_without_a_body_has_no_length(sample: Any) -> None:
    routes = sample.module("routes")
    reasons: list[Any] = []

    async def cancel(context: str, id: str, body: Any) -> Any:  # noqa: A002 (the contract calls it so)
        reasons.append((id, body and body.decode().because))
        return routes.CancelOrder204(x_outcome="was-running")

    app = application(sample, cancel_order=cancel)
    assert _run(app, "DELETE", "/v1/orders/7").headers == {b"x-outcome": b"was-running"}
    _run(app, "DELETE", "/v1/orders/8", b'{"because":"late","more":1}')
    assert reasons == [("7", None), ("8", "late")]


def test_text_comes_in_the_declared_media_types_only(sample: Any) -> None:
    routes = sample.module("routes")
    good = routes.GetText200(body=b"a 1\n", content_type="text/plain; version=0.0.4; charset=utf-8")
    assert good.render()[1][0] == (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
    with pytest.raises(routes.UndeclaredResponseError, match="getText answered 200 as text/html"):
        routes.GetText200(body=b"", content_type="text/html").render()


@pytest.mark.parametrize("wrong", ["another operation's", "no response", "another body", "another code"])
def test_an_undeclared_answer_fails_with_the_name_of_the_operation(sample: Any, wrong: str) -> None:
    routes, structs = sample.module("routes"), sample.module("structs")
    answers = {
        "another operation's": routes.CancelOrder204(x_outcome="was-running"),
        "no response": {"id": "1"},
        "another body": routes.CreateOrder202(body=structs.Problem(code="BUSY")),
        "another code": routes.CreateOrder429(body=structs.Problem(code="NOT_FOUND"), retry_after=1),
    }
    failures: list[tuple[str, str, Exception]] = []

    def on_failure(context: str, operation: str, error: Exception) -> Any:
        failures.append((context, operation, error))
        return routes.declared_response(operation, 401, body=structs.Problem(code="UNAUTHENTICATED"))

    async def create(*_: object) -> Any:
        return answers[wrong]

    done = _run(application(sample, on_failure=on_failure, create_order=create), "POST", "/v1/orders")
    assert done.status == 401
    [(context, operation, error)] = failures
    assert (context, operation) == ("POST", "createOrder")
    assert isinstance(error, routes.UndeclaredResponseError)
    assert error.operation == "createOrder"
    assert "createOrder answered" in str(error)


def test_an_exception_without_a_failure_handler_goes_on_to_litestar(sample: Any) -> None:
    async def create(*_: object) -> Any:
        raise LookupError("gone")

    assert _run(application(sample, create_order=create), "POST", "/v1/orders").status == 500


def test_answers_can_be_looked_up_by_status(sample: Any) -> None:
    routes, structs = sample.module("routes"), sample.module("structs")
    problem = structs.Problem(code="BUSY")
    assert routes.declared_response("createOrder", 429, body=problem, retry_after=2, x_left=None) == (
        routes.CreateOrder429(body=problem, retry_after=2)
    )
    missing = routes.declared_response(routes.TRANSPORT, 404, body=structs.Problem(code="NOT_FOUND"))
    assert missing.render()[0] == 404
    for operation, status, fields in [
        ("createOrder", 503, {}),
        ("noSuch", 404, {}),
        ("followOrder", 404, {"body": problem, "retry_after": 1}),
    ]:
        with pytest.raises(routes.UndeclaredResponseError, match=operation):
            routes.declared_response(operation, status, **fields)


def test_a_missing_operation_is_named_at_the_start(sample: Any) -> None:
    routes = sample.module("routes")

    class Half(routes.Operations):  # type: ignore[misc, name-defined]
        async def get_text(self, context: object) -> Any: ...
        async def follow_order(self, context: object, id: str, last_event_id: str | None) -> Any: ...  # noqa: A002

    with pytest.raises(routes.MissingOperationError, match="createOrder, cancelOrder") as caught:
        Half()
    assert set(caught.value.operations) == {"createOrder", "cancelOrder"}
    with pytest.raises(routes.MissingOperationError, match="createOrder") as caught:
        routes.route_handlers(object(), lambda scope: scope)
    assert len(caught.value.operations) == 4


def test_events_go_out_one_by_one_and_end_when_the_client_leaves(sample: Any) -> None:
    routes = sample.module("routes")
    closed: list[str] = []

    async def scenario() -> Exchange:
        exchange = Exchange("GET", "/v1/orders/7", b"", ((b"last-event-id", b"3"),))

        async def events() -> AsyncIterator[bytes]:
            try:
                yield b"first"
                assert exchange.sent[-1]["body"] == b"first"
                yield b"second"
                exchange.left.set()
                await asyncio.Event().wait()
            finally:
                closed.append("closed")

        async def follow(context: str, id: str, last_event_id: str | None) -> Any:  # noqa: A002
            assert (id, last_event_id) == ("7", "3")
            return routes.FollowOrder200(body=events())

        return await exchange(application(sample, follow_order=follow))

    done = asyncio.run(scenario())
    assert closed == ["closed"]
    assert done.headers == {b"content-type": b"text/event-stream"}
    assert [message.get("body") for message in done.sent[1:]] == [b"first", b"second"]


def test_a_stream_that_ends_is_ended(sample: Any) -> None:
    routes = sample.module("routes")

    async def events() -> AsyncIterator[bytes]:
        yield b"only"

    async def follow(*_: object) -> Any:
        return routes.FollowOrder200(body=events())

    done = _run(application(sample, follow_order=follow), "GET", "/v1/orders/7")
    assert done.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


def test_a_request_that_never_ends_calls_nothing(sample: Any) -> None:
    async def scenario() -> Exchange:
        exchange = Exchange("POST", "/v1/orders", b"half")
        exchange._incoming = exchange._incoming[:1]
        exchange.left.set()
        return await exchange(application(sample))

    assert asyncio.run(scenario()).sent == []


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff", b'{"kind":"book"}', b"[]", b'{"kind":"book"} x', b"[" * 100_000]
)
def test_a_body_that_cannot_be_decoded_raises_what_is_documented(sample: Any, raw: bytes) -> None:
    decode = sample.module("routes").decode_create_order
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError, RecursionError)):
        decode(raw)
