"""Keys that were taken out of the file are known on."""

from mutants._planting import Patch
from orchestratord.http.keys import KeyRing

REQUIREMENTS = ["OC-CTRL-2046"]


def plant(patch: Patch) -> None:
    """Add the new ones to the old."""
    patch(KeyRing, "replace", lambda real: lambda ring, keys: real(ring, [*keys, *ring.known]))
