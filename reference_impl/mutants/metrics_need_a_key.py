"""The metrics ask for a key."""

from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.http.edge import Edge

REQUIREMENTS = ["OC-CTRL-2071"]


def plant(patch: Patch) -> None:
    """Take no route for open."""
    patch(Edge, "_authenticate", _always)


def _always(real: Any) -> Any:
    def authenticate(edge: Edge, operation: Any, headers: Any, request_id: str) -> Any:
        return real(edge, replace(operation, secured=True), headers, request_id)

    return authenticate
