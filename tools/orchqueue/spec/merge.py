"""Fragments of one contract laid over each other, in the order of the specs.

Mappings merge by key. Lists that mean a set grow: `required`, `enum`, `tags` and `x-error-codes` by value,
`parameters` by what they name, so that a later requirement can add to what an earlier one began. Every other
list and every scalar is a leaf, and a leaf that gets two different values is a finding that names both
places.
"""

import json
from collections.abc import Callable

from orchqueue.spec.finding import Finding
from orchqueue.spec.tree import Node

Path = tuple[str, ...]


def shown(path: Path) -> str:
    """A path for people: `paths > /v1/tasks > post`."""
    return " > ".join(path) or "the whole document"


def merge(into: Node, other: Node, contract: str, findings: list[Finding], path: Path = ()) -> None:
    """Add `other` to `into`, which is changed. Contradictions are added to `findings`, at the later place."""
    into.ids |= other.ids
    if isinstance(into.value, dict) and isinstance(other.value, dict):
        for key, child in other.value.items():
            known = into.value.get(key)
            if known is None:
                into.value[key] = child
            else:
                merge(known, child, contract, findings, (*path, key))
    elif isinstance(into.value, list) and isinstance(other.value, list) and path and path[-1] in _SETS:
        _grow(into.value, other.value, contract, findings, path)
    elif not _same(into, other):
        findings.append(
            Finding(
                other.place.file,
                other.place.line,
                f"{contract}: {shown(path)} is {_brief(other)} here, but {_brief(into)} at {into.place}",
                "conflict",
            )
        )


def _grow(into: list[Node], other: list[Node], contract: str, findings: list[Finding], path: Path) -> None:
    name = _SETS[path[-1]]
    known = {name(node): node for node in into}
    for node in other:
        key = name(node)
        if key in known:
            merge(known[key], node, contract, findings, (*path, key))
        else:
            into.append(node)
            known[key] = node


def _value(node: Node) -> str:
    return json.dumps(node.plain(), sort_keys=True)


def _parameter(node: Node) -> str:
    reference = node.get("$ref")
    if reference is not None:
        return str(reference.scalar)
    return " ".join(str(part.scalar) for key in ("in", "name") if (part := node.get(key)) is not None)


_SETS: dict[str, Callable[[Node], str]] = {
    "required": _value,
    "enum": _value,
    "tags": _value,
    "x-error-codes": _value,
    "parameters": _parameter,
}


def _same(one: Node, other: Node) -> bool:
    """Equal as JSON: `1` and `true` differ."""
    return _value(one) == _value(other)


def _brief(node: Node) -> str:
    text = json.dumps(node.plain(), ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
