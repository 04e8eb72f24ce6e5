"""A task goes to the pool that would start it last."""

from mutants._planting import Patch
from orchestratord.core.pool_view import PoolView

REQUIREMENTS = ["ORCH-3091"]


def plant(patch: Patch) -> None:
    """Predict that all start at once."""
    patch(PoolView, "position_now", lambda _real: lambda *_: 0)
