"""A key opens the routes of any scope."""

from mutants._planting import Patch
from orchestratord.http.edge import Edge

REQUIREMENTS = ["OC-CTRL-2043"]


def plant(patch: Patch) -> None:
    """Check none."""
    patch(Edge, "_check_scope", lambda _real: lambda *_: None)
