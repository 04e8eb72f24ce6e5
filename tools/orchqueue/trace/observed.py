"""Which responses of the contract a run has seen: the file that `orchqueue verify` leaves, and what it must
cover.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchqueue.spec import Contract, Place
from orchqueue.spec.shapes import walk
from orchqueue.spec.tree import Node
from orchqueue.trace.errors import TraceError

FILE = "build/observed.json"
TRANSPORT = "x-transport-responses"
# A member of a response, with the reason as its value.
UNOBSERVABLE = "x-unobservable"


@dataclass(frozen=True, slots=True)
class Response:
    """A response that the contract declares. `place` is where its fragment declares it."""

    operation: str
    status: str
    profile: str
    ids: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Observed:
    """What a run saw, as (operationId, status).

    `profiles` are those that the target claims; None: all are judged.
    """

    responses: frozenset[tuple[str, str]]
    profiles: frozenset[str] | None = None

    def covers(self, response: Response) -> bool:
        """Whether the response was seen; `4XX` by any status of its class, `default` by any at all."""
        prefix = "" if response.status == "default" else response.status.upper().rstrip("X")
        return any(
            operation == response.operation and status.startswith(prefix)
            for operation, status in self.responses
        )

    def judges(self, response: Response) -> bool:
        """Whether the target claims to serve the operation."""
        return self.profiles is None or response.profile in self.profiles


def read_observed(root: Path) -> Observed | None:
    """What the last run saw, or None where none was made. Raises TraceError for a file in another format."""
    path = root / FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        seen = frozenset((str(item["operation"]), str(item["status"])) for item in record["observed"])
        profiles = record.get("profiles")
        return Observed(seen, None if profiles is None else frozenset(map(str, profiles)))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TraceError(
            f"{path} is not what a run writes ({error!r}): run `orchqueue verify` again"
        ) from error


def declared(contracts: Mapping[str, Contract]) -> Iterator[Response]:
    """Every response of every operation, and those given before one is reached, in the document's order; but
    for those that the contract itself says no check can bring about.
    """
    if "openapi" not in contracts:
        return
    root = contracts["openapi"].root
    for visit in walk("openapi", root):
        if visit.kind == "operation":
            name, profile = visit.node.get("operationId"), visit.node.get("x-profile")
            responses = visit.node.get("responses")
            operation = str(name.scalar) if name is not None else " ".join(visit.path[1:])
            for status, node in sorted(responses.children().items()) if responses is not None else ():
                if not _unobservable(node, root):
                    yield _response(
                        operation, status, str(profile.scalar) if profile is not None else "", node
                    )
        elif visit.kind == "response" and visit.path[0] == TRANSPORT:
            yield _response(TRANSPORT, visit.path[1], "core", visit.node)


def _unobservable(node: Node, root: Node) -> bool:
    reference = node.get("$ref")
    shared = None if reference is None else root.get(*str(reference.scalar).removeprefix("#/").split("/"))
    return (shared or node).get(UNOBSERVABLE) is not None


def _response(operation: str, status: str, profile: str, node: Node) -> Response:
    return Response(operation, status, profile, tuple(sorted(node.ids)), node.place)
