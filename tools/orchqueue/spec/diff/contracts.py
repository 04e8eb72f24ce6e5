"""How contracts changed, node by node, along the grammar of `shapes`.

- An operation, response, property, parameter, header, media type, event, series, label or error code that is
  gone is breaking. A new one is additive, but for a parameter or property that a request must now hold.
- What a keyword of a schema allows is judged by direction: see `schemas`.
- A changed default, reference to another meaning, status, profile, series type, label set or anything that
  the rules do not know is breaking; wording and examples are editorial.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from orchqueue.spec.check import resolve
from orchqueue.spec.contract import Contract
from orchqueue.spec.diff.change import Change, Impact
from orchqueue.spec.diff.directions import Directions
from orchqueue.spec.diff.schemas import EDITORIAL, Direction, Move, impact_of, move_of, move_of_openness
from orchqueue.spec.document import CONTRACTS
from orchqueue.spec.merge import Path, shown
from orchqueue.spec.shapes import ROOTS, SHAPES
from orchqueue.spec.tree import Node

_SCHEMAS = frozenset({"schema", "property", "subschema", "header", "parameter", "label"})
_GROWING = frozenset({"x-error-codes", "values", "mapping"})
_VALUES_ONLY = frozenset({"oneOf", "anyOf", "allOf"})
_NAMES = {"path": "path", "body": "request body", "media": "media type", "policy-label": "policy label"}


def compare_contracts(old: Mapping[str, Contract], new: Mapping[str, Contract]) -> Iterator[Change]:
    """Every change of a contract."""
    for name in CONTRACTS:
        if name in old and name in new:
            comparison = _Comparison(name, old, new)
            yield from comparison.nodes(ROOTS[name], (), old[name].root, new[name].root)
        elif name in new:
            yield _whole(Impact.ADDITIVE, name, "new contract", new[name])
        elif name in old:
            yield _whole(Impact.BREAKING, name, "removed", old[name])


def _whole(impact: Impact, name: str, what: str, contract: Contract) -> Change:
    return Change(impact, name, what, tuple(sorted(contract.root.ids)), contract.root.place)


class _Comparison:
    """Two states of one contract. References are followed once, so that a schema that holds itself ends."""

    def __init__(self, name: str, old: Mapping[str, Contract], new: Mapping[str, Contract]) -> None:
        self.name, self.old, self.new = name, old, new
        self.directions = Directions(name, old, new)
        self.followed: set[tuple[str, str]] = set()

    def nodes(self, kind: str, path: Path, was: Node, now: Node) -> Iterator[Change]:
        """The changes of one node and of everything below it."""
        if isinstance(was.value, dict) and isinstance(now.value, dict):
            if was.get("$ref") is not None or now.get("$ref") is not None:
                yield from self._references(kind, path, was, now)
            else:
                yield from self._members(kind, path, was, now)
                yield from self._below(kind, path, was, now)
        elif _plain(was) != _plain(now):
            move = move_of_openness(was.scalar, now.scalar) if kind == "subschema" else Move.OTHER
            yield self._change(impact_of(move, self.directions.of(path)), path, "opened or closed", now)

    def _change(self, impact: Impact, path: Path, what: str, node: Node) -> Change:
        return Change(impact, f"{self.name}: {shown(path)}", what, tuple(sorted(node.ids)), node.place)

    def _references(self, kind: str, path: Path, was: Node, now: Node) -> Iterator[Change]:
        before, after = _reference(was), _reference(now)
        if before == after:
            return
        target_was = resolve(self.old, self.name, before) if before else was
        target_now = resolve(self.new, self.name, after) if after else now
        if target_was is None or target_now is None:
            yield self._change(Impact.BREAKING, path, f"refers to {after or 'nothing'}", now)
            return
        yield self._change(
            Impact.EDITORIAL, path, f"refers to {after or 'nothing'} in place of {before or 'nothing'}", now
        )
        if (before, after) not in self.followed:
            self.followed.add((before, after))
            yield from self.nodes(kind, path, target_was, target_now)

    def _members(self, kind: str, path: Path, was: Node, now: Node) -> Iterator[Change]:
        """Members that are values: keywords of schemas, statuses, names."""
        shape = SHAPES[kind]
        before = {key: node.plain() for key, node in was.children().items() if _is_value(key, shape)}
        after = {key: node.plain() for key, node in now.children().items() if _is_value(key, shape)}
        for key in sorted(before.keys() | after.keys()):
            if key in before and key in after and _text(before[key]) == _text(after[key]):
                continue
            impact = self._impact(kind, path, key, before, after)
            node = now.get(key) or now
            what = f"{key}: {_brief(before, key)} to {_brief(after, key)}"
            yield self._change(impact, path, what, node)

    def _impact(
        self, kind: str, path: Path, key: str, before: dict[str, Any], after: dict[str, Any]
    ) -> Impact:
        if key in EDITORIAL or kind == "object":
            return Impact.EDITORIAL
        if key in _GROWING:
            return Impact.ADDITIVE if _contains(after.get(key), before.get(key)) else Impact.BREAKING
        if kind in _SCHEMAS:
            move = move_of(key, before, after)
            return Impact.BREAKING if move is Move.OTHER else impact_of(move, self.directions.of(path))
        return Impact.BREAKING

    def _below(self, kind: str, path: Path, was: Node, now: Node) -> Iterator[Change]:
        """Members that are nodes of the grammar, one by one, by name or by position."""
        for key, (container, below) in SHAPES[kind].items():
            if key in _VALUES_ONLY:
                continue
            before, after = was.get(key), now.get(key)
            if container == "one":
                yield from self._pair(below, (*path, key), before, after, now)
                continue
            named_before, named_after = _named(container, before), _named(container, after)
            for name in dict.fromkeys([*named_before, *named_after]):
                yield from self._pair(
                    below, (*path, key, name), named_before.get(name), named_after.get(name), now
                )

    def _pair(
        self, kind: str, path: Path, was: Node | None, now: Node | None, parent: Node
    ) -> Iterator[Change]:
        if was is not None and now is not None:
            yield from self.nodes(kind, path, was, now)
        elif was is not None:
            yield self._gone(kind, path, was)
        elif now is not None:
            yield self._added(kind, path, now, parent)

    def _gone(self, kind: str, path: Path, was: Node) -> Change:
        if kind == "subschema":
            return self._change(
                impact_of(_move_when_added(was, gone=True), self.directions.of(path)), path, "removed", was
            )
        return self._change(Impact.BREAKING, path, f"{_NAMES.get(kind, kind)} removed", was)

    def _added(self, kind: str, path: Path, now: Node, parent: Node) -> Change:
        if kind == "subschema":
            return self._change(
                impact_of(_move_when_added(now, gone=False), self.directions.of(path)), path, "added", now
            )
        demanded = _is_demanded(kind, path, now, parent) and Direction.REQUEST in self.directions.of(path)
        what = f"new {_NAMES.get(kind, kind)}"
        return self._change(
            Impact.BREAKING if demanded else Impact.ADDITIVE,
            path,
            f"{what}, required" if demanded else what,
            now,
        )


def _is_demanded(kind: str, path: Path, node: Node, parent: Node) -> bool:
    """Whether who sends must now send it."""
    if kind == "property":
        required = parent.get("required")
        return required is not None and path[-1] in [item.scalar for item in required.items()]
    required = node.get("required")
    return kind in ("parameter", "body") and required is not None and required.scalar is True


def _move_when_added(node: Node, *, gone: bool) -> Move:
    """A subschema narrows what is allowed when it comes, and widens it when it goes; `true` says nothing."""
    if node.scalar is True:
        return Move.SAME
    return Move.MORE if gone else Move.LESS


def _is_value(key: str, shape: Mapping[str, object]) -> bool:
    return (key not in shape or key in _VALUES_ONLY) and key != "$ref"


def _named(container: str, node: Node | None) -> dict[str, Node]:
    if node is None:
        return {}
    if container == "map":
        return dict(node.children())
    return {_identity(item, index): item for index, item in enumerate(node.items())}


def _identity(item: Node, index: int) -> str:
    """A list's element by what it names (a parameter), else by its position."""
    name = item.get("name") or item.get("$ref")
    return str(name.scalar) if name is not None else str(index)


def _reference(node: Node) -> str:
    reference = node.get("$ref")
    return "" if reference is None else str(reference.scalar)


def _contains(more: Any, less: Any) -> bool:
    """Whether every value of a list, or of each list of a mapping, is still there."""
    if isinstance(more, dict) and isinstance(less, dict):
        return all(key in more and _contains(more[key], less[key]) for key in less)
    if isinstance(more, list):
        return all(item in more for item in less or [])
    return bool(less is None or more == less)


def _plain(node: Node) -> str:
    return _text(node.plain())


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _brief(members: dict[str, Any], key: str) -> str:
    if key not in members:
        return "nothing"
    text = json.dumps(members[key], ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
