"""Reads the operations of the OpenAPI document, and the answers that are given before any operation is reached."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchqueue.gen.errors import UnsupportedSchemaError
from orchqueue.gen.names import pascal, snake
from orchqueue.gen.schema import SchemaReader
from orchqueue.gen.sources import Node
from orchqueue.gen.types import Anything, Choice, Integer, Named, Text, Type

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# The outermost layer of a server reads and writes this header on every exchange, so no operation sees it.
CORRELATION_ID = "x-correlation-id"
TRANSPORT = "transport"


@dataclass(frozen=True)
class Parameter:
    """An argument taken from the path or from a header, as text."""

    name: str
    python_name: str
    where: str
    required: bool
    description: str


@dataclass(frozen=True)
class RequestBody:
    """A JSON body."""

    media_types: tuple[str, ...]
    type: Named
    required: bool


@dataclass(frozen=True)
class Header:
    """A header of a response; a `constant` is written without being asked for."""

    name: str
    python_name: str
    type: Type
    required: bool
    constant: str | None


@dataclass(frozen=True)
class Response:
    """One declared answer. `type` is that of a JSON body, None for any other body or none; `codes` are its error codes."""

    class_name: str
    status: int
    description: str
    headers: tuple[Header, ...]
    media_types: tuple[str, ...]
    type: Type | None
    codes: tuple[str, ...]

    @property
    def streams(self) -> bool:
        return self.media_types == ("text/event-stream",)


@dataclass(frozen=True)
class Operation:
    """One operationId with what goes in and what may come out."""

    operation_id: str
    method: str
    path: str
    summary: str
    profile: str
    scope: str | None
    secured: bool
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: tuple[Response, ...]
    requirements: tuple[str, ...]

    @property
    def python_name(self) -> str:
        return snake(self.operation_id)


def read_operations(document: Node, reader: SchemaReader) -> tuple[Operation, ...]:
    """All operations in the order of path and method. Raises UnsupportedSchemaError for what a stub cannot hold to."""
    operations = tuple(_operations(document, reader))
    names = [operation.python_name for operation in operations]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnsupportedSchemaError(
            "contracts/openapi.yaml#/paths", f"operationIds are not told apart: {', '.join(twice)}"
        )
    return operations


def read_transport(document: Node, reader: SchemaReader) -> tuple[Response, ...]:
    """The answers that need no operation: an unknown path, a wrong method, headers that do not come."""
    declared: Node = document.get("x-transport-responses", {})
    place = "contracts/openapi.yaml#/x-transport-responses"
    return tuple(
        _response(document, reader, TRANSPORT, status, node, place)
        for status, node in declared.items()
        if not status.startswith("x-")
    )


def _operations(document: Node, reader: SchemaReader) -> Iterator[Operation]:
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield _operation(document, reader, path, method, item)


def _operation(document: Node, reader: SchemaReader, path: str, method: str, item: Node) -> Operation:
    node: Node = item[method]
    place = f"contracts/openapi.yaml#/paths/{path}/{method}"
    operation_id = node.get("operationId")
    if not isinstance(operation_id, str):
        raise UnsupportedSchemaError(place, "the operation has no operationId")
    security = node.get("security", document.get("security", []))
    parameters = [*item.get("parameters", ()), *node.get("parameters", ())]
    return Operation(
        operation_id=operation_id,
        method=method.upper(),
        path=path,
        summary=node.get("summary", operation_id),
        profile=node.get("x-profile", "core"),
        scope=node.get("x-scope"),
        secured=any(security),
        parameters=tuple(
            parameter
            for part in parameters
            if (parameter := _parameter(document, _follow(document, part, place), place)) is not None
        ),
        body=_body(document, reader, operation_id, node.get("requestBody"), place),
        responses=tuple(
            _response(document, reader, operation_id, status, response, place)
            for status, response in sorted(node.get("responses", {}).items())
            if not status.startswith("x-")
        ),
        requirements=tuple(node.get("x-req-id", ())),
    )


def _follow(document: Node, node: Node, place: str) -> Node:
    target = node.get("$ref")
    if target is None:
        return node
    found: object = document
    for part in target.removeprefix("#/").split("/"):
        if not isinstance(found, Mapping) or part not in found:
            raise UnsupportedSchemaError(place, f"{target} does not exist")
        found = found[part]
    assert isinstance(found, Mapping), f"{target} is no object"
    return _follow(document, found, place)


def _parameter(document: Node, node: Node, place: str) -> Parameter | None:
    if node["in"] == "header" and node["name"].lower() == CORRELATION_ID:
        return None
    if node["in"] not in {"path", "header"}:
        raise UnsupportedSchemaError(place, f"the stub cannot take {node['name']} from the {node['in']}")
    if _follow(document, node.get("schema", {}), place).get("type", "string") != "string":
        raise UnsupportedSchemaError(
            place, f"the stub takes {node['name']} as text; its schema has to be a string"
        )
    required = node["in"] == "path" or bool(node.get("required", False))
    return Parameter(node["name"], snake(node["name"]), node["in"], required, node.get("description", ""))


def _body(
    document: Node, reader: SchemaReader, owner: str, node: Node | None, place: str
) -> RequestBody | None:
    if node is None:
        return None
    node = _follow(document, node, place)
    content: Node = node.get("content", {})
    if set(content) != {"application/json"}:
        raise UnsupportedSchemaError(
            f"{place}/requestBody", "the stub takes application/json and nothing else"
        )
    schema = content["application/json"].get("schema", {})
    kind = reader.read(schema, f"{pascal(owner)}Request", f"{place}/requestBody")
    if not isinstance(kind, Named):
        raise UnsupportedSchemaError(
            f"{place}/requestBody", "a request body is an object with named properties"
        )
    return RequestBody(tuple(content), kind, bool(node.get("required", False)))


def _response(
    document: Node, reader: SchemaReader, owner: str, status: str, node: Node, place: str
) -> Response:
    place = f"{place}/responses/{status}"
    if not status.isdigit():
        raise UnsupportedSchemaError(place, "a status is a number")
    node = _follow(document, node, place)
    class_name = f"{pascal(owner)}{status}"
    content: Node = node.get("content", {})
    return Response(
        class_name=class_name,
        status=int(status),
        description=node.get("description", ""),
        headers=tuple(_headers(document, reader, node.get("headers", {}), place)),
        media_types=tuple(content),
        type=_json_body(reader, f"{class_name}Body", content, place),
        codes=tuple(node.get("x-error-codes", ())),
    )


def _json_body(reader: SchemaReader, name: str, content: Node, place: str) -> Type | None:
    if "application/json" not in content:
        if "text/event-stream" in content and len(content) > 1:
            raise UnsupportedSchemaError(place, "a stream of events stands beside another media type")
        return None
    if len(content) > 1:
        raise UnsupportedSchemaError(place, "application/json stands beside another media type")
    kind = reader.read(content["application/json"].get("schema", {}), name, place)
    return kind if isinstance(kind, Named) else Anything()


def _headers(document: Node, reader: SchemaReader, headers: Node, place: str) -> Iterator[Header]:
    for name, part in headers.items():
        if name.lower() == CORRELATION_ID or name.startswith("x-req"):
            continue
        node = _follow(document, part, f"{place}/headers/{name}")
        schema = _follow(document, node.get("schema", {}), f"{place}/headers/{name}")
        kind = reader.read(schema, f"Header{pascal(name)}", f"{place}/headers/{name}")
        if not isinstance(kind, Text | Integer | Choice):
            raise UnsupportedSchemaError(
                f"{place}/headers/{name}", "a header holds text, a whole number, or one of a set"
            )
        yield Header(name, snake(name), kind, bool(node.get("required", False)), schema.get("const"))
