"""A key that has expired opens the server."""

from mutants._planting import Patch
from orchestratord.http.keys import KeyRing

REQUIREMENTS = ["OC-CTRL-2045"]


def plant(patch: Patch) -> None:
    """Let none expire."""
    patch(KeyRing, "expired", lambda _real: lambda *_: False)
