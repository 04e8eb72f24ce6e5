"""The outermost layer, in plain ASGI: correlation id, route, key, scope, rate, size and content type, in
this order.

What it lets through has a context, a body within its limit and an operation of the contract; the framework
behind it only has to find the handler.
"""

import re
from collections.abc import Callable

from orchestratord.core.errors import Detail, OrchestratorError
from orchestratord.http.context import (
    EXCHANGE,
    HANG_UP,
    HEAD_TOO_LARGE,
    REQUEST_ID,
    SCOPE_KEY,
    RequestContext,
)
from orchestratord.http.correlation import HEADER, correlation_id
from orchestratord.http.exchange import Exchange
from orchestratord.http.headers import Headers
from orchestratord.http.incoming import BodyLimits, Gone, Incoming, TooLarge, TooLate
from orchestratord.http.keys import Key, KeyRing
from orchestratord.http.paths import PathTable
from orchestratord.http.rendering import error_response, internal_error, not_allowed, plain
from orchestratord.http.typing import App, Message, Receive, Scope, Send
from orchestratord.logs import Log, error_fields
from orchqueue_contract.errors import ErrorCode
from orchqueue_contract.operations import OperationSpec
from orchqueue_contract.routes import TRANSPORT, Rendered, Response

TASK_OPERATION = "createTask"

_HOST = re.compile(rb"(?:[0-9A-Za-z!$&'()*+,;=._~%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?\Z")


class _Early(Exception):  # noqa: N818 - it carries an answer, which need not be an error
    """An answer before any operation is reached."""

    def __init__(self, error: OrchestratorError, rendered: Rendered, *, close: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.rendered = rendered
        self.close = close

    @property
    def late(self) -> bool:
        """Whether the rest of the body has been waited for long enough."""
        return self.error.code is ErrorCode.REQUEST_TIMEOUT


class Edge:
    """Judges the form of requests.

    `submit` is where tasks go, which needs no framework to be found: looking for it once more would take a
    good part of a task's admission. `check_rate` raises RATE_LIMITED for a key that asks too often. `refused`
    is told of tasks that get no further, with the key when it is known.
    """

    def __init__(
        self,
        app: App,
        *,
        submit: App,
        paths: PathTable,
        keys: KeyRing,
        limits: BodyLimits,
        log: Log,
        check_rate: Callable[[Key], None],
        refused: Callable[[OrchestratorError, Key | None, str], None],
    ) -> None:
        self._app = app
        self._submit = submit
        self._paths = paths
        self._keys = keys
        self._limits = limits
        self._log = log
        self._check_key_rate = check_rate
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers, exchange = Headers(scope["headers"]), scope.get(EXCHANGE)
        request_id = scope[REQUEST_ID] = correlation_id(headers)
        answer = _Answer(send, request_id, exchange)
        incoming = Incoming(receive, self._limits, exchange)
        key: Key | None = None
        operation: OperationSpec | None = None
        try:
            operation = self._route(scope, headers, request_id)
            key = self._authenticate(operation, headers, request_id)
            self._check_scope(operation, key, request_id)
            self._check_rate(operation, key, request_id)
            await self._read(operation, headers, incoming, request_id)
            scope[SCOPE_KEY] = RequestContext(
                request_id, key, headers.joined(b"accept") or "", None if exchange is None else exchange.push
            )
            app = self._submit if operation.operation_id == TASK_OPERATION else self._app
            await app(scope, incoming.receive, answer.send)
        except _Early as early:
            if operation is not None and operation.operation_id == TASK_OPERATION:
                self._refused(early.error, key, request_id)
            asks = b"expect" in headers
            await answer.begin(early.rendered, close=early.close or asks)
            # A client that waits to be asked for its body sends none after an answer.
            if not asks and not early.late:
                await incoming.throw_away()
            await answer.finish()
        except Gone:
            return
        except Exception as defect:  # noqa: BLE001 - whatever it is, it is logged, and the client is answered or cut off
            cut = defect.__cause__
            if answer.begun and isinstance(cut, OrchestratorError):
                # Only a stream can fail this late: its reader was too slow for what is kept. It is cut off,
                # and told so when it comes back. The framework wraps what comes after an answer's beginning.
                if await _broken_off(scope, receive):
                    self._log.line("warning", "stream.cut", request_id, code=cut.code, reason=cut.message)
                return
            self._log.line(
                "error",
                "request.defect",
                request_id,
                **error_fields((type(defect), defect, defect.__traceback__)),
            )
            if answer.begun:
                # Half an answer is out: a broken connection is the only honest end of it.
                await _broken_off(scope, receive)
                return
            await answer.begin(plain(internal_error(), request_id), close=True)
            await answer.finish()

    def _route(self, scope: Scope, headers: Headers, request_id: str) -> OperationSpec:
        if scope.get(HEAD_TOO_LARGE):
            error = OrchestratorError(
                ErrorCode.HEADERS_TOO_LARGE, "The headers are larger than the server takes."
            )
            raise _Early(error, _transport(error, request_id), close=True)
        if not _names_host(scope, headers):
            message = "A request has exactly one Host header, which is a name or an address."
            error = OrchestratorError(
                ErrorCode.INVALID_PARAMS, message, details=(Detail(message, name="Host"),)
            )
            raise _Early(error, plain(error, request_id), close=True)
        methods = self._paths.methods(scope["path"], scope["raw_path"])
        if methods is None:
            error = OrchestratorError(ErrorCode.NOT_FOUND, "There is nothing under this path.")
            raise _Early(error, _transport(error, request_id))
        operation = methods.get(scope["method"])
        if operation is None:
            error = OrchestratorError(
                ErrorCode.METHOD_NOT_ALLOWED, "The path exists, but not with this method."
            )
            raise _Early(error, not_allowed(error, request_id, list(methods)).render())
        return operation

    def _authenticate(self, operation: OperationSpec, headers: Headers, request_id: str) -> Key | None:
        # OC-CTRL-2040
        if not operation.secured:
            return None
        presented = headers.all(b"x-api-key")
        if not presented or not presented[0]:
            error = OrchestratorError(
                ErrorCode.UNAUTHENTICATED, "The request has no key: send it in X-API-Key."
            )
            raise _Early(error, _declared(operation, error, request_id))
        key = self._keys.find(presented[0]) if len(presented) == 1 else None
        if key is None or self._keys.expired(key):
            what = "is unknown" if key is None else "has expired"
            error = OrchestratorError(ErrorCode.FORBIDDEN, f"The key {what}.")
            raise _Early(error, _declared(operation, error, request_id))
        return key

    def _check_scope(self, operation: OperationSpec, key: Key | None, request_id: str) -> None:
        # OC-CTRL-2043
        if key is not None and operation.scope is not None and operation.scope not in key.scopes:
            error = OrchestratorError(
                ErrorCode.FORBIDDEN,
                f"The key does not have the scope {operation.scope}, which this route needs.",
            )
            raise _Early(error, _declared(operation, error, request_id))

    def _check_rate(self, operation: OperationSpec, key: Key | None, request_id: str) -> None:
        # ORCH-3006
        if key is None:
            return
        try:
            self._check_key_rate(key)
        except OrchestratorError as error:
            raise _Early(error, _declared(operation, error, request_id)) from None

    async def _read(
        self, operation: OperationSpec, headers: Headers, incoming: Incoming, request_id: str
    ) -> None:
        """Judge size and content type of a body, and read it; one that the operation does not take is thrown
        away.
        """
        if not operation.media_types:
            if b"transfer-encoding" in headers or b"content-length" in headers:
                await incoming.throw_away()
            return
        length = headers.joined(b"content-length")
        if length is not None and int(length) > self._limits.body_bytes:
            raise self._too_large(operation, request_id)
        takes = _takes(operation, headers.joined(b"content-type")) and not _coded(headers)
        try:
            # Size is judged before the content type, so the body is counted even when nobody wants it.
            await incoming.read(keep=takes)
        except TooLarge:
            raise self._too_large(operation, request_id) from None
        except TooLate:
            error = OrchestratorError(ErrorCode.REQUEST_TIMEOUT, "The body did not arrive in time.")
            raise _Early(error, _transport(error, request_id), close=True) from None
        if not takes:
            error = OrchestratorError(
                ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                f"The body has to be {' or '.join(operation.media_types)}, without a content coding.",
            )
            raise _Early(error, _declared(operation, error, request_id))

    def _too_large(self, operation: OperationSpec, request_id: str) -> _Early:
        # OC-CTRL-2044
        error = OrchestratorError(
            ErrorCode.PAYLOAD_TOO_LARGE, f"The body is larger than {self._limits.body_bytes} bytes."
        )
        return _Early(error, _declared(operation, error, request_id))


class _Answer:
    """The way out: adds the correlation id to whatever is sent, and sends at once what is whole."""

    __slots__ = ("_exchange", "_header", "_send", "_start", "begun")

    def __init__(self, send: Send, request_id: str, exchange: Exchange | None) -> None:
        self._send = send
        self._header = (HEADER, request_id.encode("ascii"))
        self._exchange = exchange
        self._start: Message | None = None
        self.begun = False

    async def send(self, message: Message) -> None:
        """Pass a message of the application on. The beginning of an answer whose length is known waits for
        its body, which comes with the next.
        """
        start, self._start = self._start, None
        if start is not None:
            assert self._exchange is not None
            body = b"" if message.get("more_body") else message.get("body")
            if body and self._exchange.answer(start["status"], start["headers"], body):
                return
            await self._send(start)
        elif message["type"] == "http.response.start":
            self.begun = True
            message["headers"] = [*message["headers"], self._header]
            if self._exchange is not None and any(
                name == b"content-length" for name, _ in message["headers"]
            ):
                self._start = message
                return
        await self._send(message)

    async def begin(self, rendered: Rendered, *, close: bool) -> None:
        """Send an answer with its whole body, but do not end it: at its end the connection may close."""
        status, headers, body = rendered
        if close:
            headers = [*headers, (b"connection", b"close")]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": True})

    async def finish(self) -> None:
        """End an answer that was begun."""
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


async def _broken_off(scope: Scope, receive: Receive) -> bool:
    """Close the connection amid an answer, and return when it is closed; False when the client had left."""
    was_open: bool = scope[HANG_UP]()
    while (await receive())["type"] != "http.disconnect":
        pass
    return was_open


def _declared(operation: OperationSpec, error: OrchestratorError, request_id: str) -> Rendered:
    response: Response = error_response(operation.operation_id, error, request_id)
    return response.render()


def _transport(error: OrchestratorError, request_id: str) -> Rendered:
    response: Response = error_response(TRANSPORT, error, request_id)
    return response.render()


def _names_host(scope: Scope, headers: Headers) -> bool:
    """Whether the request is for a host, as RFC 9112 (3.2) wants it; HTTP/1.0 does not need one."""
    hosts = headers.all(b"host")
    if len(hosts) != 1:
        return not hosts and scope["http_version"] == "1.0"
    return _HOST.match(hosts[0]) is not None


def _coded(headers: Headers) -> bool:
    """Whether the body is compressed, or coded otherwise. What a transfer coding but chunks does to it is the
    same to its reader.
    """
    codings = [
        headers.joined(name) for name in (b"content-encoding", b"transfer-encoding") if name in headers
    ]
    named = {coding.strip().lower() for value in codings if value for coding in value.split(",")}
    return bool(named - {"", "identity", "chunked"})


def _takes(operation: OperationSpec, content_type: str | None) -> bool:
    if content_type is None:
        return False
    if content_type in operation.media_types:
        return True
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() not in operation.media_types:
        return False
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            return False
    return True
