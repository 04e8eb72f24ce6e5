"""JSON with the same key twice, or with numbers that JSON does not have, is taken."""

from mutants._planting import Patch
from orchestratord.http import bodies

REQUIREMENTS = ["OC-CTRL-2034"]


def plant(patch: Patch) -> None:
    """Leave it to the decoder."""
    patch(bodies, "_check_strict", lambda _real: lambda *_: None)
