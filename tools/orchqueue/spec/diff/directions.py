"""Who sends what a schema describes: found by following references."""

from collections.abc import Mapping

from orchqueue.spec.contract import Contract
from orchqueue.spec.diff.schemas import Direction
from orchqueue.spec.merge import Path
from orchqueue.spec.shapes import walk

BOTH = Direction.REQUEST | Direction.RESPONSE
_NONE = Direction(0)
_OF_CONTRACT = {"config": Direction.REQUEST, "metrics": Direction.RESPONSE, "errors": Direction.RESPONSE}


class Directions:
    """The directions of every node of a contract, before and after taken together.

    A component has the directions of all that refer to it; one that nothing refers to counts as both.
    """

    def __init__(self, name: str, *states: Mapping[str, Contract]) -> None:
        self.name = name
        self.components: dict[tuple[str, str], Direction] = {}
        for contracts in states:
            self._settle(contracts)

    def of(self, path: Path) -> Direction:
        """The directions of the node at a path of this contract."""
        return self._of(self.name, path)

    def _of(self, name: str, path: Path) -> Direction:
        if name != "openapi":
            return _OF_CONTRACT.get(name, Direction.RESPONSE)
        if path[:1] == ("components",) and len(path) >= 3:
            return self.components.get((path[1], path[2])) or BOTH
        if "responses" in path or path[:1] == ("x-transport-responses",):
            return Direction.RESPONSE
        return Direction.REQUEST

    def _settle(self, contracts: Mapping[str, Contract]) -> None:
        """Pass directions along references until nothing changes."""
        edges = _edges(contracts)
        for section, direction in _FIXED.items():
            for target in {edge[2] for edge in edges} | {edge[3] for edge in edges if edge[3] is not None}:
                if target[0] == section:
                    self.components[target] = self.components.get(target, _NONE) | direction
        moved = True
        while moved:
            moved = False
            for name, path, target, source in edges:
                given = self._of(name, path) if source is None else self.components.get(source, _NONE)
                known = self.components.get(target, _NONE)
                if given | known != known:
                    self.components[target] = given | known
                    moved = True


_FIXED = {
    "responses": Direction.RESPONSE,
    "headers": Direction.RESPONSE,
    "parameters": Direction.REQUEST,
    "requestBodies": Direction.REQUEST,
}

_Component = tuple[str, str]


def _edges(contracts: Mapping[str, Contract]) -> list[tuple[str, Path, _Component, _Component | None]]:
    """Each reference to a component: contract and path of the node, its target, and the component it stands
    in.
    """
    edges = []
    for name, contract in contracts.items():
        for visit in walk(name, contract.root):
            reference = visit.node.get("$ref")
            if reference is None:
                continue
            _, _, pointer = str(reference.scalar).partition("#/components/")
            section, _, component = pointer.partition("/")
            if component:
                inside = visit.path[:1] == ("components",) and name == "openapi" and len(visit.path) >= 3
                source = (visit.path[1], visit.path[2]) if inside else None
                edges.append((name, visit.path, (section, component), source))
    return edges
