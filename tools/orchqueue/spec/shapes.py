"""The grammar of the contracts: which node is an operation, a schema, a property; how members are ordered.

One table serves everything that walks a contract: requirement IDs, order, references, comparison. A node
that no table leads to is data (an example, a default) and is left as it was written.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from orchqueue.spec.tree import Node

Container = Literal["one", "map", "list"]


class Visit(NamedTuple):
    """A node with its kind and the keys that lead to it."""

    kind: str
    path: tuple[str, ...]
    node: Node


METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

_SCHEMA: dict[str, tuple[Container, str]] = {
    "properties": ("map", "property"),
    "patternProperties": ("map", "property"),
    "$defs": ("map", "schema"),
    "dependentSchemas": ("map", "subschema"),
    "prefixItems": ("list", "subschema"),
    "allOf": ("list", "subschema"),
    "anyOf": ("list", "subschema"),
    "oneOf": ("list", "subschema"),
    "items": ("one", "subschema"),
    "contains": ("one", "subschema"),
    "additionalProperties": ("one", "subschema"),
    "unevaluatedProperties": ("one", "subschema"),
    "propertyNames": ("one", "subschema"),
    "if": ("one", "subschema"),
    "then": ("one", "subschema"),
    "else": ("one", "subschema"),
    "not": ("one", "subschema"),
    "discriminator": ("one", "discriminator"),
}

SHAPES: Final[dict[str, dict[str, tuple[Container, str]]]] = {
    "openapi": {
        "info": ("one", "object"),
        "paths": ("map", "path"),
        "components": ("one", "components"),
        "x-transport-responses": ("map", "response"),
    },
    "path": {**dict.fromkeys(METHODS, ("one", "operation")), "parameters": ("list", "parameter")},
    "operation": {
        "parameters": ("list", "parameter"),
        "requestBody": ("one", "body"),
        "responses": ("map", "response"),
    },
    "body": {"content": ("map", "media")},
    "media": {"schema": ("one", "schema")},
    "response": {"headers": ("map", "header"), "content": ("map", "media")},
    "header": {"schema": ("one", "subschema"), "content": ("map", "media")},
    "parameter": {"schema": ("one", "subschema"), "content": ("map", "media")},
    "components": {
        "schemas": ("map", "schema"),
        "responses": ("map", "response"),
        "headers": ("map", "header"),
        "parameters": ("map", "parameter"),
        "requestBodies": ("map", "body"),
        "securitySchemes": ("map", "object"),
    },
    "schema": _SCHEMA,
    "property": _SCHEMA,
    "subschema": _SCHEMA,
    "discriminator": {},
    "object": {},
    "events": {"events": ("map", "event")},
    "event": {"data": ("one", "schema")},
    "metrics": {"series": ("map", "series"), "labels": ("map", "label")},
    "series": {},
    "label": {},
    "errors": {"errors": ("map", "error"), "policy_labels": ("map", "policy-label")},
    "error": {},
    "policy-label": {},
}

ROOTS: Final = {
    "openapi": "openapi",
    "events": "events",
    "config": "subschema",
    "metrics": "metrics",
    "errors": "errors",
}

IDENTIFIED: Final = frozenset(
    {
        "operation",
        "response",
        "schema",
        "property",
        "parameter",
        "header",
        "event",
        "series",
        "label",
        "error",
        "policy-label",
    }
)

# Names of these kinds are written in alphabetical order; properties and events in the order of the specs,
# which is the order in which people read them.
SORTED: Final = frozenset(
    {
        "path",
        "schema",
        "response",
        "header",
        "parameter",
        "body",
        "object",
        "media",
        "series",
        "label",
        "error",
        "policy-label",
    }
)

_MEMBERS: Final = (
    "openapi", "$schema", "$id", "$ref", "info", "operationId", "name", "in", "title", "version", "summary",
    "type", "help", "unit", "description", "servers", "security", "tags", "paths", "components",
    "x-transport-responses", "const", "enum", "status", "http", "stream", "retriable", "hint", "budget",
    "terminal", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties",
    "maxProperties", "default", "required", "style", "explode", "schema", "discriminator", "oneOf",
    "anyOf", "allOf", "not", "if", "then", "else", "prefixItems", "items", "contains", "properties",
    "patternProperties", "propertyNames", "additionalProperties", "unevaluatedProperties", "$defs",
    "labels", "values", "exclusive", "profile", "data", "schemas", "parameters", "requestBody", "responses",
    "headers",
    "content", "requestBodies", "securitySchemes", *METHODS, "example", "examples", "events", "series",
    "buckets_ms", "outside_budget", "errors", "policy_labels",
)  # fmt: skip
_RANK: Final = {name: rank for rank, name in enumerate(_MEMBERS)}


def member_order(key: str) -> tuple[int, str]:
    """Where a member stands in its object: known ones as readers expect, others by name, x-req-id last."""
    if key == "x-req-id":
        return len(_RANK) + 1, key
    return _RANK.get(key, len(_RANK)), key


def walk(contract: str, root: Node) -> Iterator[Visit]:
    """Every node of a contract that the grammar knows, parents before children, from the root on."""
    open_ = [Visit(ROOTS[contract], (), root)]
    while open_:
        visit = open_.pop()
        yield visit
        open_ += reversed(list(_below(visit)))


def _below(visit: Visit) -> Iterator[Visit]:
    members = visit.node.children()
    for key, (container, kind) in SHAPES[visit.kind].items():
        child = members.get(key)
        if child is None:
            continue
        if container == "one":
            yield Visit(kind, (*visit.path, key), child)
        elif container == "map":
            for name, grandchild in child.children().items():
                yield Visit(kind, (*visit.path, key, name), grandchild)
        else:
            for index, grandchild in enumerate(child.items()):
                yield Visit(kind, (*visit.path, key, str(index)), grandchild)
