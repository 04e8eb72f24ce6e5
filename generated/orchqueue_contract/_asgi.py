# Written by `orchqueue gen`; an edit here is lost.

"""How an operation is called and its answer sent. Knows ASGI; the routes know Litestar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, MutableMapping
from math import isinf
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import msgspec

__all__ = [
    "Body",
    "Call",
    "DisconnectedError",
    "Endpoint",
    "Failure",
    "MissingOperationError",
    "Receive",
    "Rendered",
    "Response",
    "RouteError",
    "Scope",
    "Send",
    "UndeclaredResponseError",
    "decoder",
    "empty_headers",
    "encode",
    "endpoint",
    "header_value",
    "json_headers",
    "read_body",
    "require_body",
    "require_code",
    "require_media_type",
    "send_rendered",
]

T = TypeVar("T")
Context = TypeVar("Context")

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Endpoint: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

Rendered: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes | AsyncIterator[bytes]]
"""Status, headers in lower case, and the body, whole or in pieces."""

encode = msgspec.json.Encoder().encode


class RouteError(Exception):
    """The base of what can go wrong between a server and the contract's routes."""


class MissingOperationError(RouteError):
    """A server lacks operations of the contract; `operations` are their names."""

    def __init__(self, operations: Collection[str]) -> None:
        super().__init__(f"these operations of the contract are not implemented: {', '.join(operations)}")
        self.operations = tuple(operations)


class UndeclaredResponseError(RouteError):
    """An operation answered what the contract does not declare for it; `operation` is its name."""

    def __init__(self, operation: str, what: str) -> None:
        super().__init__(f"{operation} answered {what}, which the contract does not declare for it")
        self.operation = operation


class DisconnectedError(RouteError):
    """The client left before its request was complete."""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all declared answers. `X-Correlation-Id` is no field of any: the outermost layer of a server sets it."""

    operation: ClassVar[str]
    status: ClassVar[int]

    def render(self) -> Rendered:
        """The answer as it goes out. Raises UndeclaredResponseError for content that the contract does not declare."""
        return self.status, empty_headers(self.status), b""


class Body(Generic[T]):
    """A request body as it came (`raw`), which is decoded when it is asked for."""

    __slots__ = ("_decode", "raw")

    def __init__(self, raw: bytes, decode: Callable[[bytes], T]) -> None:
        self.raw = raw
        self._decode = decode

    def decode(self) -> T:
        """The body as its struct. Raises as the operation's `decode_…` function does."""
        return self._decode(self.raw)


Call: TypeAlias = Callable[[Context, Scope, Receive], Awaitable[Response]]
Failure: TypeAlias = Callable[[Context, str, Exception], Response]


def decoder(kind: Any) -> Callable[[bytes], Any]:
    """A function that decodes JSON into `kind`."""
    exact = msgspec.json.Decoder(kind, float_hook=_number)
    untyped = msgspec.json.Decoder(float_hook=_number)

    def decode(raw: bytes) -> Any:
        try:
            return exact.decode(raw)
        except msgspec.ValidationError as error:
            # JSON Schema counts 1.0 as an integer and msgspec does not: look again before refusing.
            if "got `float`" not in str(error):
                raise
            return msgspec.convert(_whole_numbers(untyped.decode(raw)), kind)

    return decode


def _number(text: str) -> float:
    # msgspec's own reading of a number with a large exponent takes forty times as long.
    value = float(text)
    if isinf(value):
        raise ValueError("a number is too large")
    return value


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, float):
        # Beyond 2**53 a float does not tell which integer was meant, and no contract's integer is that large.
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    return value


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request. How large it may be is for the outermost layer of a server to judge.

    Raises DisconnectedError when the client leaves first.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        return bytes(message.get("body", b""))
    parts = []
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
    raise DisconnectedError("the client left before its request was complete")


def header_value(scope: Scope, name: bytes) -> str | None:
    """The value of a request header; `name` in lower case. Several of one name are joined as RFC 9110 says."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1") if values else None


def json_headers(body: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of a JSON body."""
    return [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]


def empty_headers(status: int) -> list[tuple[bytes, bytes]]:
    """The headers of an answer without a body; 204 and 304 have no length."""
    return [] if status in {204, 304} else [(b"content-length", b"0")]


def require_body(response: Response, body: object, kind: type) -> None:
    """Raise UndeclaredResponseError unless `body` is of the declared type."""
    if type(body) is not kind:
        what = f"{response.status} with a body of type {type(body).__name__}"
        raise UndeclaredResponseError(response.operation, what)


def require_code(response: Response, code: str, declared: Collection[str]) -> None:
    """Raise UndeclaredResponseError unless the error code may stand under the status."""
    if code not in declared:
        raise UndeclaredResponseError(response.operation, f"{response.status} with the code {code!s}")


def require_media_type(response: Response, content_type: str, declared: Collection[str]) -> None:
    """Raise UndeclaredResponseError unless the content type, without its parameters, is declared."""
    if content_type.partition(";")[0].strip().lower() not in declared:
        raise UndeclaredResponseError(response.operation, f"{response.status} as {content_type}")


def endpoint(
    operation: str,
    declared: Collection[type[Response]],
    call: Call[Context],
    context: Callable[[Scope], Context],
    on_failure: Failure[Context] | None,
) -> Endpoint:
    """The ASGI application of one operation: calls it, holds its answer against the contract, and sends it."""

    def rendered(response: Response) -> Rendered:
        if type(response) not in declared:
            raise UndeclaredResponseError(operation, type(response).__name__)
        return response.render()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        given = context(scope)
        try:
            answer = rendered(await call(given, scope, receive))
        except DisconnectedError:
            return  # nobody is there to read an answer
        except Exception as error:
            if on_failure is None:
                raise
            answer = rendered(on_failure(given, operation, error))
        await send_rendered(answer, receive, send)

    return serve


async def send_rendered(rendered: Rendered, receive: Receive, send: Send) -> None:
    """Send an answer. A body that comes in pieces is closed when the client leaves; its end then must not wait for long."""
    status, headers, body = rendered
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if isinstance(body, bytes):
        await send({"type": "http.response.body", "body": body})
        return
    writer = asyncio.ensure_future(_write(body, send))
    watcher = asyncio.ensure_future(_wait_for_disconnect(receive))
    try:
        await asyncio.wait({writer, watcher}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        writer.cancel()
        watcher.cancel()
        await asyncio.wait({writer, watcher})
    if not writer.cancelled():
        writer.result()


async def _write(body: AsyncIterator[bytes], send: Send) -> None:
    try:
        async for piece in body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        close = getattr(body, "aclose", None)
        if close is not None:
            await close()


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
