"""Once its pools are ready, the metrics ask for a key."""

from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.http.edge import Edge
from orchestratord.metrics import Metrics

REQUIREMENTS = ["OC-CTRL-2071"]


def plant(patch: Patch) -> None:
    """Take the route for open until somebody has seen that, since whoever tries it waits for that."""
    seen: list[None] = []
    patch(Metrics, "exposition", lambda real: _noticing(real, seen))
    patch(Edge, "_authenticate", lambda real: _closing(real, seen))


def _noticing(real: Any, seen: list[None]) -> Any:
    def exposition(metrics: Metrics, accept: str) -> Any:
        page, media = real(metrics, accept)
        if any(line.startswith(b"pool_ready{") and line.endswith(b" 1.0") for line in page.split(b"\n")):
            seen.append(None)
        return page, media

    return exposition


def _closing(real: Any, seen: list[None]) -> Any:
    def authenticate(edge: Edge, operation: Any, scope: Any, request_id: str) -> Any:
        closed = bool(seen) and scope["path"] == "/metrics"
        return real(edge, replace(operation, secured=True) if closed else operation, scope, request_id)

    return authenticate
