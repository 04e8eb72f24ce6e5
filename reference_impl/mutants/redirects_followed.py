"""A prompt follows the redirects of an engine."""

from typing import Any
from urllib.parse import urljoin

from mutants._planting import Patch
from orchestratord.adapters.connection import Connection
from orchestratord.adapters.link import EngineLink

REQUIREMENTS = ["OC-ADAPT-5085"]


def plant(patch: Patch) -> None:
    """Go where the engine says."""
    patch(Connection, "on_header", _noting)
    patch(EngineLink, "_answer", _following)


def _noting(real: Any) -> Any:
    def on_header(connection: Connection, name: bytes, value: bytes) -> None:
        if name.lower() == b"location":
            _TOLD[id(connection._answer)] = value.decode()
        real(connection, name, value)

    return on_header


def _following(real: Any) -> Any:
    async def answer(link: EngineLink, path: str, body: Any, **named: Any) -> Any:
        first = await real(link, path, body, **named)
        place = _TOLD.pop(id(first), None)
        return first if place is None else await real(link, urljoin(link._base, place), body, **named)

    return answer


_TOLD: dict[int, str] = {}
