"""The contract as checks walk it: operations by method and path, references, requirement IDs on the way.

A trail is the list of contract nodes from an operation down to the node that something is about. What is
found there concerns the requirements of the narrowest node of the trail that carries any.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Node = Mapping[str, Any]
Trail = Sequence[Node]

REQ_IDS = "x-req-id"
TRANSPORT = "x-transport-responses"
UNOBSERVABLE = "x-unobservable"  # of a response that no check can bring about, with the reason
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# Only a name to resolve references between the contract's files by; nothing is ever fetched.
_BASE = "https://contract.invalid/"
_PLACE = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True)
class Operation:
    """One operation: its path as a template, and its responses, those of the transport included."""

    identifier: str
    template: str
    method: str
    node: Node
    responses: Mapping[str, Node]

    @property
    def profile(self) -> str:
        """The profile that it belongs to."""
        return str(self.node.get("x-profile", ""))


class Contract:
    """The OpenAPI document, the events and the error table together."""

    def __init__(self, openapi: Node, events: Node, errors: Node) -> None:
        self.openapi = openapi
        self.events: Mapping[str, Node] = events.get("events", {})
        self.errors: Mapping[str, Node] = errors.get("errors", {})
        self.policy_labels: Mapping[str, Node] = errors.get("policy_labels", {})
        self._documents = {"openapi.yaml": openapi, "events.yaml": events}
        registry: Registry[Any] = Registry()
        self._events: dict[str, Draft202012Validator] = {}
        self._right_events: set[tuple[str, str]] = set()
        self._registry = registry.with_resources(
            (_BASE + name, DRAFT202012.create_resource(document))
            for name, document in self._documents.items()
        )

    @cached_property
    def transport(self) -> Mapping[str, Node]:
        """The responses that are given before any operation is reached, by status."""
        return _by_status(self.openapi.get(TRANSPORT, {}))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation of the document."""
        return tuple(
            Operation(
                node.get("operationId", f"{method} {template}"),
                template,
                method,
                node,
                {**self.transport, **_by_status(node.get("responses", {}))},
            )
            for template, item in self.openapi.get("paths", {}).items()
            for method, node in item.items()
            if method in METHODS
        )

    def operation(self, method: str, path: str) -> Operation | None:
        """Give the operation that a request reaches, None where only the transport can answer."""
        for operation in self.operations:
            if operation.method == method.lower() and _pattern(operation.template).fullmatch(path):
                return operation
        return None

    def deref(self, node: Node) -> Node:
        """Follow references until a node that is none. Raises KeyError for one that leads nowhere."""
        while "$ref" in node:
            file, _, pointer = node["$ref"].partition("#")
            found: Any = self._documents[file or "openapi.yaml"]
            for part in pointer.strip("/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def steps(self, node: Node) -> list[Node]:
        """Give a node and, where it is a reference, what it stands for: both may carry IDs."""
        target = self.deref(node)
        return [node] if target is node else [node, target]

    def label_fits(self, error: Mapping[str, Any]) -> bool:
        """Whether the policy that an error names, if it names one of the table, goes with its code."""
        label = error.get("policy_label")
        known = self.policy_labels.get(label) if isinstance(label, str) else None
        return known is None or error.get("code") in known.get("codes", ())

    def event_errors(self, name: str, data: Any) -> list[ValidationError]:
        """Hold the data of an event against its schema."""
        # Tokens are alike in many streams.
        key = name, json.dumps(data, sort_keys=True)
        if key in self._right_events:
            return []
        if name not in self._events:
            schema = {"$ref": f"{_BASE}events.yaml#/events/{name}/data"}
            self._events[name] = Draft202012Validator(schema, registry=self._registry)
        errors = sorted(self._events[name].iter_errors(data), key=lambda error: error.json_path)
        if not errors:
            self._right_events.add(key)
        return errors

    def trail_into(self, schema: Node, path: Iterable[str | int]) -> list[Node]:
        """Walk a jsonschema path from a schema as far as nodes go."""
        trail = self.steps(schema)
        at: Any = trail[-1]
        before: str | int = ""
        for part in path:
            if part == "$ref":
                continue
            try:
                at = at[part]
            except (KeyError, IndexError, TypeError):
                break
            if isinstance(at, Mapping):
                trail += self._own(at) if before == "properties" else self.steps(at)
                at = self.deref(at)
            before = part
        return trail

    def reached(self, schema: Node, value: Any) -> Iterator[Node]:
        """Give the schema nodes that a value meets: those of its own fields and items, not of absent ones."""
        yield from self.steps(schema)
        yield from self._inside(self.deref(schema), value)

    def _inside(self, node: Node, value: Any) -> Iterator[Node]:
        for branch in (*node.get("oneOf", ()), *node.get("anyOf", ()), *node.get("allOf", ())):
            if self._fits(branch, value):
                yield from self.reached(branch, value)
        if isinstance(value, Mapping):
            for name, inner in value.items():
                below = node.get("properties", {}).get(name, node.get("additionalProperties"))
                if isinstance(below, Mapping):
                    yield from self._own(below)
                    yield from self._inside(self.deref(below), inner)
        elif isinstance(value, list) and isinstance(node.get("items"), Mapping):
            for inner in value:
                yield from self.reached(node["items"], inner)

    def _own(self, node: Node) -> list[Node]:
        """Give a field's own node: a type that many fields share does not speak for this one of them."""
        return [node] if REQ_IDS in node else self.steps(node)

    def _fits(self, schema: Node, value: Any) -> bool:
        """Say whether a branch is the one meant: its constants, where it has some, tell it from others."""
        properties = self.deref(schema).get("properties", {}).items()
        constants = {name: node["const"] for name, node in properties if "const" in node}
        return not isinstance(value, Mapping) or all(value.get(k) == const for k, const in constants.items())


def concerned(trail: Iterable[Node]) -> frozenset[str]:
    """Give the requirements of the narrowest node of a trail that carries any."""
    ids: list[str] = []
    for node in trail:
        ids = list(node.get(REQ_IDS, ())) or ids
    return frozenset(ids)


def carried(nodes: Iterable[Node]) -> frozenset[str]:
    """Give the requirements of all of the nodes."""
    return frozenset(identifier for node in nodes for identifier in node.get(REQ_IDS, ()))


def _by_status(responses: Node) -> dict[str, Node]:
    return {str(status): node for status, node in responses.items() if not str(status).startswith("x-")}


def path_values(template: str, path: str) -> dict[str, str]:
    """Give the values that a path has in the places of its template; none where it does not fit."""
    found = _pattern(template).fullmatch(path)
    return dict(zip(_PLACE.findall(template), found.groups(), strict=True)) if found else {}


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _PLACE.split(template)[::2]
    return re.compile("([^/]+)".join(re.escape(part) for part in parts))
