"""API keys: known by their digests, compared in constant time.

What a key may do is on it; who asks for it is the edge's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from orchestratord.core.rate_limits import Rate


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is known: `digest` is the SHA-256 of its text, `id` its name in log lines, `rate` what it
    may send.
    """

    id: str
    digest: bytes
    tenant: str
    scopes: frozenset[str]
    rate: Rate | None = None


class KeyRing:
    """All keys of a server."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = tuple(keys)

    def replace(self, keys: Iterable[Key]) -> None:
        """Know these keys from now on, and no others."""
        self._keys = tuple(keys)

    def find(self, presented: bytes) -> Key | None:
        """The key that was presented; None when it is unknown. All are compared, whichever matches."""
        # OC-CTRL-2042
        digest = sha256(presented).digest()
        found: Key | None = None
        for key in self._keys:
            if compare_digest(key.digest, digest):
                found = key
        return found
