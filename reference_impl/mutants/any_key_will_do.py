"""A request without a key is served."""

from typing import Any

from mutants._planting import Patch
from orchestratord.http.edge import Edge

REQUIREMENTS = ["ORCH-3035", "OC-CTRL-2040"]


def plant(patch: Patch) -> None:
    """Take a missing key for the first that is known."""
    patch(Edge, "_authenticate", _open)


def _open(real: Any) -> Any:
    def authenticate(edge: Edge, operation: Any, headers: Any, request_id: str) -> Any:
        if b"x-api-key" in headers:
            return real(edge, operation, headers, request_id)
        return edge._keys.known[0]

    return authenticate
