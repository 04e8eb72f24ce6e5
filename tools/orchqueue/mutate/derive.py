"""Wire mutants from the contract: one for each operation, status, required header, required field, value of
an enumeration, event, series and label value.

What an item's requirements are stands at its node (`x-req-id`); the operator is chosen by the seed and the
item's name, so that an item more or less changes none of the others. What the contract itself says that
nobody can meet with is no item.
"""

import random
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from orchqueue.mutate.mutation import ANY, Mutation, Operator, Part, Site, merged
from orchqueue.verify.contract import UNOBSERVABLE, Contract, Node, Operation, carried

# What a server that is careless, not mad, would answer instead.
INSTEAD = {
    200: (201, 206),
    201: (200, 202),
    202: (200, 201),
    204: (200, 202),
    400: (422, 409),
    401: (403, 407),
    403: (401, 404),
    404: (400, 410),
    405: (404, 501),
    408: (400, 504),
    409: (400, 412),
    410: (404, 400),
    413: (400, 431),
    415: (400, 406),
    429: (503, 420),
    431: (400, 413),
    500: (502, 501),
    503: (500, 502),
}
FIELD_OPERATORS: tuple[Operator, ...] = ("drop", "rename", "retype")
HEADER_OPERATORS: tuple[Operator, ...] = ("drop", "rename", "retype", "alter")
# A second X-Correlation-Id is wrong; another one, where the client gave none, is as good as the first.
CORRELATION_OPERATORS: tuple[Operator, ...] = ("drop", "rename", "retype", "reorder")
EVENT_OPERATORS: Mapping[str, tuple[Operator, ...]] = {
    # Metrics may come anywhere after the first token, more of them than are due, and nothing follows an end.
    "metrics": ("drop", "rename", "retype"),
    "end": ("drop", "rename", "retype"),
    "error": ("drop", "rename", "retype"),
}
ANY_EVENT_OPERATORS: tuple[Operator, ...] = ("drop", "rename", "retype", "reorder", "alter")
SERIES_OPERATORS: tuple[Operator, ...] = ("drop", "rename", "retype")
# The codes of errors, the policies that go with them, and which column of the table of codes says whether one
# occurs in a part of the messages.
CODE, LABEL = "ErrorCode", "PolicyLabel"
OCCURS: Mapping[Part, str] = {"body": "http", "data": "stream"}


@dataclass(frozen=True)
class Item:
    """One thing that the contract demands, where it is met with, and whom it concerns.

    `choices` are the operators with what each makes of it.
    """

    name: str
    ids: frozenset[str]
    sites: tuple[Site, ...]
    part: Part
    target: str = ""
    value: str = ""
    choices: tuple[tuple[Operator, str | int], ...] = ()

    def mutation(self, seed: int) -> Mutation:
        """Choose an operator by the seed."""
        chance = random.Random(f"{seed} {self.name}")  # noqa: S311 - a choice, not a secret
        operator, to = chance.choice(self.choices)
        return Mutation(self.part, operator, merged(self.sites), self.target, self.value, to)


@dataclass
class _Spot:
    """All the places where one node of a schema is used: as a field of its owner, and by its values."""

    node: Node
    ids: set[str] = field(default_factory=set)
    sites: list[Site] = field(default_factory=list)


def items(contract: Contract, labels: Mapping[str, Any], series: Mapping[str, Any]) -> list[Item]:
    """Give every item of the contract, by name."""
    found = [
        *_operations(contract),
        *_headers(contract),
        *_fields_and_values(contract),
        *_requests(contract),
        *_events(contract),
        *_series(labels, series),
    ]
    return sorted(_joined(found), key=lambda item: item.name)


def _joined(found: Iterable[Item]) -> Iterator[Item]:
    """Make one item of those of one name: what is used in many places is broken in all of them."""
    by_name: dict[str, Item] = {}
    for item in found:
        known = by_name.get(item.name)
        by_name[item.name] = (
            replace(known, ids=known.ids | item.ids, sites=known.sites + item.sites) if known else item
        )
    yield from by_name.values()


def _pattern(template: str) -> str:
    return "[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", template))


def _site(operation: Operation, *statuses: str) -> Site:
    return Site(_pattern(operation.template), operation.method.upper(), tuple(map(int, statuses)))


def _answers(contract: Contract) -> Iterator[tuple[str, Site, list[Node], Node]]:
    """Give each declared answer: its name, where it is met with, its nodes, and what its headers hang on."""
    for operation in contract.operations:
        for status, node in operation.node.get("responses", {}).items():
            steps = contract.steps(node)
            if not any(UNOBSERVABLE in step for step in steps):
                yield f"{operation.identifier}.{status}", _site(operation, status), steps, node
    known = "|".join(_pattern(operation.template) for operation in contract.operations)
    for status, node in contract.transport.items():
        # A path that no operation has is the transport's; its other answers come in front of any.
        site = Site(f"(?!(?:{known})$).*" if status == "404" else ".*", "", (int(status),))
        yield f"transport.{status}", site, contract.steps(node), node


def _operations(contract: Contract) -> Iterator[Item]:
    for operation in contract.operations:
        ids = carried([operation.node])
        yield Item(
            f"operation:{operation.identifier}",
            ids,
            (_site(operation),),
            "status",
            choices=(("drop", 404),),
        )
    for name, site, steps, _ in _answers(contract):
        choices: tuple[tuple[Operator, str | int], ...] = tuple(
            ("alter", status) for status in INSTEAD[site.statuses[0]]
        )
        yield Item(f"status:{name}", carried(steps), (site,), "status", choices=choices)


def _headers(contract: Contract) -> Iterator[Item]:
    for name, site, steps, node in _answers(contract):
        owner = node["$ref"].rpartition("/")[2] if "$ref" in node else name
        for header, used in steps[-1].get("headers", {}).items():
            nodes = contract.steps(used)
            ids, schema = carried(nodes), nodes[-1].get("schema", {})
            if nodes[-1].get("required"):
                yield Item(
                    f"header:{owner}.{header}", ids, (site,), "header", header, choices=_header(header)
                )
            for value in schema.get("enum", ()):
                others: list[tuple[Operator, str | int]] = [
                    ("alter", another) for another in schema["enum"] if another != value
                ]
                choices = tuple(others) or (("alter", ""),)
                yield Item(f"value:{header}.{value}", ids, (site,), "header", header, value, choices=choices)


def _header(name: str) -> tuple[tuple[Operator, str | int], ...]:
    operators = CORRELATION_OPERATORS if name == "X-Correlation-Id" else HEADER_OPERATORS
    to = {"rename": f"{name}-Was", "retype": "not one"}
    return tuple((operator, to.get(operator, "")) for operator in operators)


def _fields_and_values(contract: Contract) -> Iterator[Item]:
    bodies, data = _Walk(contract, "body"), _Walk(contract, "data")
    for _, site, steps, _ in _answers(contract):
        for media in steps[-1].get("content", {}).values():
            if "schema" in media:
                bodies.note(media["schema"], "", site)
    for name, event in contract.events.items():
        data.note(event["data"], name, replace(_stream(contract), event=name))
    for walk in (bodies, data):
        for address, spot in walk.spots.items():
            yield from _fields(address, spot, walk.part)
            yield from _values(address, spot, walk.part, _unmet(contract, address, walk.part))


def _unmet(contract: Contract, address: str, part: Part) -> set[str]:
    """Name the values that occur nowhere in a part of the messages, as the tables of the contract say."""
    codes = {code for code, row in contract.errors.items() if not row[OCCURS[part]]}
    if address == LABEL:
        return {label for label, row in contract.policy_labels.items() if codes >= set(row["codes"])}
    return codes if address == CODE else set()


def _requests(contract: Contract) -> Iterator[Item]:
    """Give the values that requests choose from: a careless server takes one for another."""
    requests = _Walk(contract, "request")
    for operation in contract.operations:
        for media in operation.node.get("requestBody", {}).get("content", {}).values():
            requests.note(media["schema"], "", _site(operation))
    for address, spot in requests.spots.items():
        yield from _values(address, spot, requests.part)


def _stream(contract: Contract) -> Site:
    operation = next(each for each in contract.operations if each.template.endswith("/stream"))
    return _site(operation, "200")


@dataclass
class _Walk:
    """Where each node of the schemas of one part of the messages is used."""

    contract: Contract
    part: Part
    spots: dict[str, _Spot] = field(default_factory=dict)

    def note(self, node: Node, name: str, site: Site, above: frozenset[str] = frozenset()) -> None:
        """Note a schema and what is in it. A component is known by its own name wherever it is; what has no
        requirement of its own stands under those `above` it.
        """
        target = self.contract.deref(node)
        address = node["$ref"].rpartition("/")[2] if "$ref" in node else name
        spot = self.spots.setdefault(address, _Spot(target))
        # A list has one requirement with all that is in it.
        ids = carried([node]) or carried([target]) | above
        spot.ids |= ids
        spot.sites.append(site)
        for branch in target.get("oneOf", ()):
            self.note(branch, address, site)
        for key, inner in target.get("properties", {}).items():
            self.note(inner, f"{address}.{key}", replace(site, at=(*site.at, key)))
        if isinstance(target.get("items"), Mapping):
            self.note(target["items"], f"{address}[]", replace(site, at=(*site.at, ANY)), ids)


def _fields(address: str, spot: _Spot, part: Part) -> Iterator[Item]:
    for name in spot.node.get("required", ()):
        node = spot.node["properties"][name]
        ids = carried([node]) or frozenset(spot.ids)
        sites = tuple(replace(site, at=(*site.at, name)) for site in spot.sites)
        choices = tuple(
            (operator, f"{name}_x" if operator == "rename" else "") for operator in FIELD_OPERATORS
        )
        yield Item(f"field:{address}.{name}", ids, sites, part, name, choices=choices)


def _values(address: str, spot: _Spot, part: Part, unmet: Collection[str] = ()) -> Iterator[Item]:
    kind = "request" if part == "request" else "value"
    for value in spot.node.get("enum", ()):
        if value in unmet:
            continue
        others = [each for each in spot.node["enum"] if each != value]
        choices: list[tuple[Operator, str | int]] = [("alter", another) for another in others]
        if part != "request":
            choices.append(("rename", f"{value}-x"))
        if not choices:  # a request that has no choice is taken for no other
            continue
        where = f"{address}@{part}" if part == "data" and address[0].isupper() else address
        yield Item(
            f"{kind}:{where}.{value}",
            frozenset(spot.ids),
            tuple(spot.sites),
            part,
            address,
            value,
            choices=tuple(choices),
        )


def _events(contract: Contract) -> Iterator[Item]:
    for name, event in contract.events.items():
        operators = EVENT_OPERATORS.get(name, ANY_EVENT_OPERATORS)
        choices = tuple((operator, f"{name}-x" if operator == "rename" else "") for operator in operators)
        yield Item(f"event:{name}", carried([event]), (_stream(contract),), "event", name, choices=choices)


def _series(labels: Mapping[str, Any], series: Mapping[str, Any]) -> Iterator[Item]:
    site = Site("/metrics", "GET", (200,))
    for name, node in series.items():
        renamed = f"{name.removesuffix('_total')}_x"
        choices = [(operator, renamed if operator == "rename" else "") for operator in SERIES_OPERATORS]
        if node["labels"]:
            choices.append(("alter", ""))
        yield Item(f"series:{name}", carried([node]), (site,), "series", name, choices=tuple(choices))
        for label in node["labels"]:
            own = node.get("values", {}).get(label)
            for value in own or labels[label].get("values", ()):
                # What a label may say wherever it stands is broken wherever it stands.
                ids = carried([node] if own else [node, labels[label]])
                told = f"{name}.{label}.{value}" if own else f"{label}.{value}"
                where = name if own else ""
                yield Item(f"label:{told}", ids, (site,), "label", where, value, (("rename", label),))
