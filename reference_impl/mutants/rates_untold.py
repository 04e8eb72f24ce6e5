"""No key is told how fast it may send."""

from mutants._planting import Patch
from orchestratord.core.rate_limits import RateLimits

REQUIREMENTS = ["OC-CTRL-2080"]


def plant(patch: Patch) -> None:
    """Tell no rate."""
    patch(RateLimits, "told", lambda _real: lambda *_: {})
