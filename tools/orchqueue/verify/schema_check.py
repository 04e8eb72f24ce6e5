"""openapi-core as judge of one exchange: headers, media types and bodies against the OpenAPI document.

openapi-core knows no answers from before routing, and lets undeclared headers and the body of a 204 pass: a
copy of the document that declares the first is made here, the others are checked in `provider`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema_path import SchemaPath
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.media_types.exceptions import MediaTypeFinderError
from openapi_core.validation.request.exceptions import ParameterValidationError, SecurityValidationError
from openapi_core.validation.request.validators import V31RequestValidator
from openapi_core.validation.response.exceptions import HeaderValidationError
from openapi_core.validation.response.validators import V31ResponseValidator
from werkzeug.datastructures import Headers

from orchqueue.verify import compiled
from orchqueue.verify.contract import Contract, Node, path_values
from orchqueue.verify.evidence import ExchangeRecord

_NOWHERE = "/-/transport"
_HOST = "http://target.invalid"
_SHOWN = 300


@dataclass(frozen=True)
class Objection:
    """What openapi-core objects to: `part` is `header`, `parameter`, `security`, `media` or `body`.

    `name` is that of the header or parameter, `path` the way through its schema to what is violated.
    """

    part: str
    message: str
    name: str = ""
    path: tuple[str | int, ...] = ()


class SchemaCheck:
    """Judges exchanges; holds what openapi-core has compiled of the document."""

    def __init__(self, contract: Contract) -> None:
        spec = SchemaPath.from_dict(_declared(contract), resolved_cache_maxsize=100_000)
        kept = compiled.parts()
        self._contract = contract
        self._responses = V31ResponseValidator(
            spec,
            extra_media_type_deserializers=dict.fromkeys(_text_types(contract), _decoded),
            forbid_unspecified_additional_properties=True,
            **kept,
        )
        self._requests = V31RequestValidator(spec, forbid_unspecified_additional_properties=True, **kept)

    def response(self, exchange: ExchangeRecord, *, routed: bool) -> Iterator[Objection]:
        """Judge a response whose status is declared."""
        request = self._request(exchange) if routed else _Request(exchange, _NOWHERE, "get")
        for error in self._responses.iter_errors(request, _Response(exchange)):
            yield from _objections(error)

    def request(self, exchange: ExchangeRecord) -> Iterator[Objection]:
        """Judge a request that reached an operation."""
        for error in self._requests.iter_errors(self._request(exchange)):
            yield from _objections(error)

    def _request(self, exchange: ExchangeRecord) -> "_Request":
        operation = self._contract.operation(exchange.method, exchange.path)
        template = operation.template if operation else exchange.path
        return _Request(exchange, template, exchange.method.lower(), path_values(template, exchange.path))


def _declared(contract: Contract) -> dict[str, Any]:
    """Declare the transport's responses on each operation, and on a path of their own."""
    paths: dict[str, Any] = {
        template: dict(item) for template, item in contract.openapi.get("paths", {}).items()
    }
    for operation in contract.operations:
        node = {**operation.node, "responses": _inlined(contract, operation.responses)}
        paths[operation.template][operation.method] = node
    paths[_NOWHERE] = {"get": {"responses": _inlined(contract, contract.transport)}}
    # Without `servers` any host will do: the target is wherever it is.
    kept = {name: value for name, value in contract.openapi.items() if name != "servers"}
    return {**kept, "paths": paths}


def _inlined(contract: Contract, responses: Mapping[str, Node]) -> dict[str, Any]:
    """Put responses and headers in the place of their references, which cost openapi-core much time."""
    inlined: dict[str, Any] = {}
    for status, response in responses.items():
        target = contract.deref(response)
        headers = {name: dict(contract.deref(node)) for name, node in target.get("headers", {}).items()}
        inlined[status] = {**target, "headers": headers}
    return inlined


def _text_types(contract: Contract) -> set[str]:
    """Give the media types of answers that are text, of which openapi-core knows only the commonest."""
    responses = [response for operation in contract.operations for response in operation.responses.values()]
    media = {name for response in responses for name in contract.deref(response).get("content", {})}
    return {name for name in media if not name.endswith("json")}


def _decoded(value: bytes, **_: str) -> str:
    return value.decode("utf-8")


def _objections(error: Exception) -> Iterator[Objection]:
    cause = error.__cause__ or error
    part, name = _part(error, cause)
    schema_errors = list(getattr(cause, "schema_errors", ()))
    for each in schema_errors:
        at = f" at {each.json_path}" if each.json_path != "$" else ""
        yield Objection(
            part, f"{_named(part, name)}{_short(each.message)}{at}", name, tuple(each.absolute_schema_path)
        )
    if not schema_errors:
        yield Objection(part, _short(str(cause)), name)


def _part(error: Exception, cause: BaseException) -> tuple[str, str]:
    match error:
        case HeaderValidationError():
            return "header", error.name
        case ParameterValidationError():
            return "parameter", error.name
        case SecurityValidationError():
            return "security", ""
    return ("media" if isinstance(cause, MediaTypeFinderError) else "body"), ""


def _short(message: str) -> str:
    """Keep the beginning and the end of a message that quotes a whole body: what is wrong is told last."""
    return message if len(message) <= _SHOWN else f"{message[: _SHOWN // 2]} … {message[-_SHOWN // 2 :]}"


def _named(part: str, name: str) -> str:
    return f"{part} {name}: " if name else ""


class _Request:
    """A recorded request as openapi-core reads one."""

    def __init__(
        self, exchange: ExchangeRecord, template: str, method: str, path: Mapping[str, str] | None = None
    ) -> None:
        self.host_url = _HOST
        self.path = exchange.path
        self.path_pattern = template
        self.method = method
        headers = Headers(list(exchange.request_headers))
        self.parameters = RequestParameters(header=headers, path=path or {})
        self.content_type = (exchange.request_header("content-type") or "").lower()
        self.body = exchange.request_body.encode() or None


class _Response:
    """A recorded response as openapi-core reads one."""

    def __init__(self, exchange: ExchangeRecord) -> None:
        self.status_code = exchange.status
        self.headers: Mapping[str, Any] | Headers = Headers(list(exchange.response_headers))
        self.content_type = (exchange.header("content-type") or "").lower()
        self.data = exchange.response_body.encode() or None
