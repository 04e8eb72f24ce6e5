"""Whether a URL lies within a registry: the same host by the same scheme, and a folder above it."""

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

_PORTS = {"http": 80, "https": 443, "file": None}


def within(url: str, registries: Iterable[str]) -> bool:
    """Whether one of the registries holds what the URL names. A path with dots in it lies nowhere."""
    # ORCH-3063
    place = _place(url)
    return place is not None and any(
        outer is not None and _holds(outer, place) for outer in map(_place, registries)
    )


_Place = tuple[str, str, int | None, tuple[str, ...]]


def _holds(outer: _Place, inner: _Place) -> bool:
    return outer[:3] == inner[:3] and inner[3][: len(outer[3])] == outer[3]


def _place(url: str) -> _Place | None:
    """Scheme, host, port and the segments of the path; None where they cannot be told for certain."""
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else _PORTS.get(parts.scheme)
    except ValueError:
        return None
    segments = [unquote(part) for part in parts.path.split("/") if part]
    if any(part in (".", "..") or "/" in part or "\\" in part or "\0" in part for part in segments):
        return None
    return parts.scheme, (parts.hostname or "").lower(), port, tuple(segments)
