"""API keys: known by their digests, compared in constant time.

What a key may do is on it; who asks for it is the edge's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from orchestratord.core.rate_limits import Rate


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is known: `digest` is the SHA-256 of its text, `id` its name in log lines, `rate` what it
    may send, `not_after` the moment from which it is no longer taken, in seconds since 1970.
    """

    id: str
    digest: bytes
    tenant: str
    scopes: frozenset[str]
    rate: Rate | None = None
    not_after: float | None = None


class KeyRing:
    """All keys of a server. `now` gives the time of day in seconds since 1970."""

    def __init__(self, keys: Iterable[Key], now: Callable[[], float]) -> None:
        self._keys = tuple(keys)
        self._now = now

    @property
    def known(self) -> tuple[Key, ...]:
        """The keys, expired ones too."""
        return self._keys

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

    def expired(self, key: Key) -> bool:
        """Whether a key is no longer taken."""
        # OC-CTRL-2045
        return key.not_after is not None and self._now() >= key.not_after
