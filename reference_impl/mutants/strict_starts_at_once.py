"""Who waits for an idle worker is told what the free slots say."""

from mutants._planting import Patch
from orchestratord.core import pool_view

REQUIREMENTS = ["OC-CORE-1034"]


def plant(patch: Patch) -> None:
    """Reckon with no wait for a worker."""
    patch(pool_view, "reckoned_wait_alone_ms", lambda _real: lambda *_: 0.0)
    patch(pool_view, "reckoned_wait_behind_ms", lambda _real: lambda *_: 0.0)
