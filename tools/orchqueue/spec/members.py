"""What each node of a contract has to say about itself, so that what is generated from it is whole.

References and codes that cross nodes are held together in `check`.
"""

from collections.abc import Callable, Iterator, Mapping

from orchqueue.spec.contract import Contract
from orchqueue.spec.finding import Finding
from orchqueue.spec.merge import shown
from orchqueue.spec.requirement import PROFILES
from orchqueue.spec.shapes import Visit
from orchqueue.spec.tree import Node

_Rule = tuple[str, Callable[[Node], bool]]


def _text(node: Node) -> bool:
    return isinstance(node.scalar, str) and node.scalar != ""


def _flag(node: Node) -> bool:
    return isinstance(node.scalar, bool)


def _count(node: Node) -> bool:
    return isinstance(node.scalar, int) and not _flag(node) and node.scalar > 0


def _mapping(node: Node) -> bool:
    return bool(node.children())


def _list(node: Node) -> bool:
    return isinstance(node.value, list)


def _series_type(node: Node) -> bool:
    return node.scalar in ("counter", "gauge", "histogram")


def _profile(node: Node) -> bool:
    return node.scalar in PROFILES


_MEMBERS: dict[str, dict[str, _Rule]] = {
    "operation": {
        "operationId": ("a name", _text),
        "x-profile": ("a known profile", _profile),
        "responses": ("at least one response", _mapping),
    },
    "event": {"terminal": ("true or false", _flag), "data": ("a schema", _mapping)},
    "series": {
        "type": ("counter, gauge or histogram", _series_type),
        "help": ("a text", _text),
        "labels": ("a list", _list),
        "profile": ("a known profile", _profile),
    },
    "label": {"budget": ("a whole number above 0", _count)},
    "error": {
        "status": ("an HTTP status", _count),
        "http": ("true or false", _flag),
        "stream": ("true or false", _flag),
        "retriable": ("true or false", _flag),
        "hint": ("a text", _text),
    },
}


def check_members(name: str, visits: list[Visit], contracts: Mapping[str, Contract]) -> Iterator[Finding]:
    """Members that are missing or of the wrong kind, names given twice, labels that no contract has."""
    operations: dict[str, Node] = {}
    for visit in visits:
        yield from _wrong_members(name, visit)
        if visit.kind == "operation":
            yield from _taken(name, visit, operations)
        elif visit.kind == "series":
            yield from _labels(visit, contracts)
            yield from _bounds(visit)


def _at(node: Node, message: str) -> Finding:
    return Finding(node.place.file, node.place.line, message, "contract")


def _wrong_members(name: str, visit: Visit) -> Iterator[Finding]:
    if visit.kind in _MEMBERS and visit.node.get("$ref") is None:
        for key, (wanted, holds) in _MEMBERS[visit.kind].items():
            member = visit.node.get(key)
            if member is None or not holds(member):
                where = f"{name}: the {visit.kind} {shown(visit.path)}"
                yield _at(member or visit.node, f"{where} needs {key}: {wanted}")


def _taken(name: str, visit: Visit, operations: dict[str, Node]) -> Iterator[Finding]:
    own = visit.node.get("operationId")
    if own is not None:
        first = operations.setdefault(str(own.scalar), own)
        if first is not own:
            yield _at(own, f"{name}: operationId {own.scalar} is taken: it was given at {first.place}")


def _labels(visit: Visit, contracts: Mapping[str, Contract]) -> Iterator[Finding]:
    known = contracts["metrics"].root.get("labels")
    labels = visit.node.get("labels")
    own = [str(label.scalar) for label in labels.items()] if labels is not None else []
    for label in labels.items() if labels is not None else []:
        if known is None or str(label.scalar) not in known.children():
            yield _at(
                label, f"metrics: {shown(visit.path)} has the label {label.scalar}, which has no budget"
            )
    exclusive = visit.node.get("exclusive")
    if exclusive is not None and exclusive.scalar not in own:
        yield _at(exclusive, f"metrics: {shown(visit.path)} is exclusive in what is none of its labels")
    values = visit.node.get("values")
    for key, node in values.children().items() if values is not None else ():
        if key not in own:
            yield _at(
                node, f"metrics: {shown(visit.path)} lists values of {key}, which is none of its labels"
            )


def _bounds(visit: Visit) -> Iterator[Finding]:
    kind = visit.node.get("type")
    for name in ("minimum", "maximum"):
        bound = visit.node.get(name)
        if bound is None:
            continue
        if not isinstance(bound.scalar, int | float) or _flag(bound):
            yield _at(bound, f"metrics: {name} of {shown(visit.path)} is no number")
        if kind is not None and kind.scalar != "gauge":
            yield _at(bound, f"metrics: {shown(visit.path)} is no gauge, and has no {name} of its own")
