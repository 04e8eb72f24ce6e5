"""A contract fragment as a tree that knows where each node was written and which requirement it stands under.

Scalars are JSON's: what YAML 1.1 would turn into something else (`no`, `10:30`, a date) is a finding that
asks for quotes.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from orchqueue.spec.document import Fragment
from orchqueue.spec.finding import Finding, Place

Scalar = str | int | float | bool | None

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_TAG = "tag:yaml.org,2002:"


class Node:
    """A value of a contract: a mapping or a list of nodes, or a scalar.

    `place` is where it was first written; `ids` are the requirements whose fragments touch it.
    """

    __slots__ = ("ids", "place", "value")

    def __init__(
        self, value: "dict[str, Node] | list[Node] | Scalar", place: Place, ids: frozenset[str]
    ) -> None:
        self.value = value
        self.place = place
        self.ids = ids

    def plain(self) -> Any:
        """The value without places and requirements."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def get(self, *keys: str) -> "Node | None":
        """The node at the end of a path of mapping keys, if there is one."""
        node: Node | None = self
        for key in keys:
            if node is None or not isinstance(node.value, dict):
                return None
            node = node.value.get(key)
        return node

    def children(self) -> "Mapping[str, Node]":
        """The members of a mapping; nothing for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    def items(self) -> "list[Node]":
        """The elements of a list; nothing for any other value."""
        return self.value if isinstance(self.value, list) else []

    @property
    def scalar(self) -> Scalar:
        """The value of a scalar; None for a mapping or a list."""
        return None if isinstance(self.value, dict | list) else self.value


def read_fragment(fragment: Fragment) -> tuple[Node | None, list[Finding]]:
    """The tree of a fragment, or None where it is not YAML or not a mapping; and what is wrong with it."""
    reader = _Reader(fragment)
    try:
        root = yaml.compose(fragment.text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = max(fragment.text.count("\n") - 1, 0)  # what is missing at the end is shown on the last line
        problem = " ".join(part for part in (error.context, error.problem) if part)
        reader.fault(min(mark.line, last) if mark else 0, problem)
        return None, reader.findings
    except yaml.YAMLError as error:
        reader.fault(0, str(error).splitlines()[0])
        return None, reader.findings
    if not isinstance(root, yaml.MappingNode):
        reader.fault(0, "a fragment is a mapping with at least one key")
        return None, reader.findings
    return reader.node(root), reader.findings


class _Reader:
    def __init__(self, fragment: Fragment) -> None:
        self.file, self.first = fragment.place
        self.contract = fragment.contract
        self.ids = frozenset((fragment.requirement,) if fragment.requirement else ())
        self.findings: list[Finding] = []
        self.above: set[int] = set()

    def fault(self, line: int, message: str) -> None:
        self.findings.append(Finding(self.file, self.first + line, f"{self.contract}: {message}", "yaml"))

    def node(self, source: yaml.Node) -> Node:
        line = source.start_mark.line
        place = Place(self.file, self.first + line)
        if isinstance(source, yaml.ScalarNode):
            return Node(self._scalar(source, line), place, self.ids)
        if id(source) in self.above:
            self.fault(line, "an alias that contains itself")
            return Node(None, place, self.ids)
        self.above.add(id(source))
        value = (
            self._mapping(source)
            if isinstance(source, yaml.MappingNode)
            else [self.node(child) for child in source.value]
        )
        self.above.discard(id(source))
        return Node(value, place, self.ids)

    def _mapping(self, source: yaml.MappingNode) -> dict[str, Node]:
        members: dict[str, Node] = {}
        for key_node, value_node in source.value:
            line = key_node.start_mark.line
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or not isinstance(key, str):
                self.fault(line, "a key is a plain name")
            elif key_node.tag == f"{_TAG}merge":
                self.fault(line, "`<<` is not read: write the members out, or refer to them with $ref")
            elif key == "x-req-id":
                self.fault(
                    line, "x-req-id is written by extraction, from the heading that the fragment stands under"
                )
            elif key in members:
                self.fault(line, f"the key {key!r} is given twice: first at {members[key].place}")
            elif source.flow_style and value_node.value == "" and not value_node.style:
                self.fault(line, f"{key!r} has no value: a text with a comma inside braces needs quotes")
            else:
                members[key] = self.node(value_node)
                members[key].place = Place(self.file, self.first + line)
        return members

    def _scalar(self, source: yaml.ScalarNode, line: int) -> Scalar:
        text: str = source.value
        tag = source.tag.removeprefix(_TAG)
        if tag == "str":
            plain = not source.style and _FLOAT.fullmatch(text)
            return float(text) if plain else text
        if tag == "null" and text in ("null", "~", ""):
            return None
        if tag == "bool" and text in ("true", "false"):
            return text == "true"
        if tag == "int" and _INT.fullmatch(text):
            return int(text)
        if tag == "float" and _FLOAT.fullmatch(text):
            return float(text)
        self.fault(line, f"{text!r} would be read as {tag}: put it in quotes, or write it as JSON does")
        return text
