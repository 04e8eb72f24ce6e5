"""The headers of a request by name, looked through once."""

from collections.abc import Sequence

Pairs = Sequence[tuple[bytes, bytes]]


class Headers:
    """Values by name in lower case. A name may stand there several times."""

    __slots__ = ("_distinct", "_latest", "_pairs")

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self._latest = dict(pairs)
        self._distinct = len(self._latest) == len(pairs)

    def __contains__(self, name: bytes) -> bool:
        return name in self._latest

    def all(self, name: bytes) -> Sequence[bytes]:
        """The values of a name in the order in which they came."""
        if self._distinct or name not in self._latest:
            return (self._latest[name],) if name in self._latest else ()
        return [value for other, value in self._pairs if other == name]

    def joined(self, name: bytes) -> str | None:
        """The values of a name as one (RFC 9110, 5.3); None where there is none."""
        return b", ".join(self.all(name)).decode("latin-1") if name in self._latest else None
