"""A session goes to any replica, whichever served it last."""

from mutants._planting import Patch
from orchestratord.core.sessions import Session

REQUIREMENTS = ["OC-CORE-1013", "ORCH-3009"]


def plant(patch: Patch) -> None:
    """Know no home."""
    patch(Session, "home_in", lambda _real: lambda _self, _pool_id: None)
