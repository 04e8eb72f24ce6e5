"""A merged contract: its tree, and the document that is written from it, with requirement IDs and in stable
order.

Faults inside it are found by `check`; its text is made by `emit`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orchqueue.spec.document import CONTRACTS, Fragment
from orchqueue.spec.finding import Finding
from orchqueue.spec.merge import merge
from orchqueue.spec.shapes import IDENTIFIED, ROOTS, SHAPES, SORTED, member_order
from orchqueue.spec.tree import Node, read_fragment


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract by name (`openapi`, `events`, `config`, `metrics`, `errors`) and the tree of all its
    fragments.
    """

    name: str
    root: Node

    def document(self) -> Any:
        """The contract as plain data, ordered, with `x-req-id` on every node that a requirement governs."""
        return _written(self.root, ROOTS[self.name])


def build_contracts(fragments: Iterable[Fragment]) -> tuple[dict[str, Contract], list[Finding]]:
    """All contracts that have fragments, and what is wrong with the fragments or between them."""
    roots: dict[str, Node] = {}
    findings: list[Finding] = []
    for fragment in fragments:
        tree, faults = read_fragment(fragment)
        findings += faults
        if tree is None:
            continue
        if fragment.contract in roots:
            merge(roots[fragment.contract], tree, fragment.contract, findings)
        else:
            roots[fragment.contract] = tree
    return {name: Contract(name, roots[name]) for name in CONTRACTS if name in roots}, findings


def _written(node: Node, kind: str) -> Any:
    if not isinstance(node.value, dict):
        return node.plain()
    shape = SHAPES[kind]
    written = {}
    for key in sorted(node.value, key=member_order):
        child = node.value[key]
        container, below = shape.get(key, ("one", ""))
        if below == "":
            written[key] = child.plain()
        elif container == "one":
            written[key] = _written(child, below)
        elif container == "list":
            written[key] = [_written(item, below) for item in child.items()]
        else:
            names = sorted(child.children()) if below in SORTED else child.children()
            written[key] = {name: _written(child.children()[name], below) for name in names}
    if kind in IDENTIFIED:
        written["x-req-id"] = sorted(node.ids)
    return written
