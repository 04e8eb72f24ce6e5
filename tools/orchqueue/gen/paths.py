"""Reads the operations of the OpenAPI document, and the answers that are given before any is reached."""

from collections.abc import Iterator, Mapping

from orchqueue.gen.errors import UnsupportedSchemaError
from orchqueue.gen.names import pascal
from orchqueue.gen.operations import TRANSPORT, Header, Operation, Parameter, RequestBody, Response
from orchqueue.gen.schema import SchemaReader
from orchqueue.gen.sources import Node
from orchqueue.gen.types import Anything, Choice, Integer, Named, Text, Type

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# The outermost layer of a server reads and writes this header on every exchange, so no operation sees it.
CORRELATION_ID = "x-correlation-id"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"


class PathReader:
    """Reads one OpenAPI document; schemas that stand in operations themselves go to `schemas`."""

    def __init__(self, document: Node, path: str, schemas: SchemaReader) -> None:
        self._document = document
        self._path = path
        self._schemas = schemas

    def operations(self) -> tuple[Operation, ...]:
        """All operations in the order of the paths. Raises UnsupportedSchemaError."""
        operations = tuple(
            self._operation(path, method, item)
            for path, item in self._document.get("paths", {}).items()
            for method in METHODS
            if method in item
        )
        names = [operation.python_name for operation in operations]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            place = f"{self._path}#/paths"
            raise UnsupportedSchemaError(place, f"several operations are called {', '.join(twice)}")
        return operations

    def transport(self) -> tuple[Response, ...]:
        """The answers that need no operation: an unknown path, a wrong method, headers that do not come."""
        key = "x-transport-responses"
        return self._responses(TRANSPORT, self._document.get(key, {}), f"{self._path}#/{key}")

    def _operation(self, path: str, method: str, item: Node) -> Operation:
        node: Node = item[method]
        place = f"{self._path}#/paths/{path}/{method}"
        operation_id = node.get("operationId")
        if not isinstance(operation_id, str):
            raise UnsupportedSchemaError(place, "the operation has no operationId")
        parts = [
            self._follow(part, place) for part in (*item.get("parameters", ()), *node.get("parameters", ()))
        ]
        return Operation(
            operation_id=operation_id,
            method=method.upper(),
            path=path,
            summary=node.get("summary", operation_id),
            profile=node.get("x-profile", "core"),
            scope=node.get("x-scope"),
            secured=any(node.get("security", self._document.get("security", ()))),
            parameters=tuple(self._parameter(part, place) for part in parts if not _is_correlation_id(part)),
            body=self._body(operation_id, node["requestBody"], place) if "requestBody" in node else None,
            responses=self._responses(operation_id, node.get("responses", {}), f"{place}/responses"),
            requirements=tuple(node.get("x-req-id", ())),
        )

    def _follow(self, node: Node, place: str) -> Node:
        """What a reference refers to; a node that is none, itself."""
        target = node.get("$ref")
        if target is None:
            return node
        found: object = self._document
        for part in str(target).removeprefix("#/").split("/"):
            found = found.get(part) if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping):
            raise UnsupportedSchemaError(place, f"{target} does not exist")
        return self._follow(found, place)

    def _parameter(self, node: Node, place: str) -> Parameter:
        name, where = node["name"], node["in"]
        if where not in {"path", "header"}:
            raise UnsupportedSchemaError(place, f"a stub cannot take {name} from the {where}")
        if self._follow(node.get("schema", {}), place).get("type", "string") != "string":
            raise UnsupportedSchemaError(place, f"a stub takes {name} as text; its schema has to be a string")
        return Parameter(name, where, where == "path" or bool(node.get("required", False)))

    def _body(self, owner: str, node: Node, place: str) -> RequestBody:
        place = f"{place}/requestBody"
        node = self._follow(node, place)
        content: Node = node.get("content", {})
        if set(content) != {JSON}:
            raise UnsupportedSchemaError(place, f"a stub takes {JSON} and nothing else")
        kind = self._schemas.read(content[JSON].get("schema", {}), f"{pascal(owner)}Request", place)
        if not isinstance(kind, Named):
            raise UnsupportedSchemaError(place, "a request body is an object with named properties")
        return RequestBody(tuple(content), kind, bool(node.get("required", False)))

    def _responses(self, owner: str, responses: Node, place: str) -> tuple[Response, ...]:
        found = []
        for status, node in sorted(responses.items()):
            if not status.startswith("x-"):
                found.append(self._response(owner, status, node, f"{place}/{status}"))
        return tuple(found)

    def _response(self, owner: str, status: str, node: Node, place: str) -> Response:
        if not status.isdigit():
            raise UnsupportedSchemaError(place, "a status is a number")
        node = self._follow(node, place)
        name = f"{pascal(owner)}{status}"
        content: Node = node.get("content", {})
        return Response(
            class_name=name,
            status=int(status),
            description=node.get("description", f"{owner}: {status}"),
            headers=tuple(self._headers(node.get("headers", {}), place)),
            media_types=tuple(content),
            type=self._json_body(f"{name}Body", content, place),
            codes=tuple(node.get("x-error-codes", ())),
        )

    def _json_body(self, name: str, content: Node, place: str) -> Type | None:
        for alone in (JSON, EVENT_STREAM):
            if alone in content and len(content) > 1:
                raise UnsupportedSchemaError(place, f"{alone} stands beside another media type")
        if JSON not in content:
            return None
        kind = self._schemas.read(content[JSON].get("schema", {}), name, place)
        return kind if isinstance(kind, Named) else Anything()

    def _headers(self, headers: Node, place: str) -> Iterator[Header]:
        for name, part in headers.items():
            if name.lower() == CORRELATION_ID or name == "x-req-id":
                continue
            here = f"{place}/headers/{name}"
            node = self._follow(part, here)
            schema = self._follow(node.get("schema", {}), here)
            kind = self._schemas.read(schema, f"Header{pascal(name)}", here)
            if not isinstance(kind, Text | Integer | Choice):
                raise UnsupportedSchemaError(here, "a header holds text, a whole number, or one of a set")
            yield Header(name, kind, bool(node.get("required", False)), schema.get("const"))


def _is_correlation_id(parameter: Node) -> bool:
    return bool(parameter["in"] == "header" and parameter["name"].lower() == CORRELATION_ID)
