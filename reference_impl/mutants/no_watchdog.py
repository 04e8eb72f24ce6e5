"""A task that hangs runs for ever."""

from mutants._planting import Patch
from orchestratord.core import watchdog

REQUIREMENTS = ["ORCH-3016", "OC-CORE-1022"]


def plant(patch: Patch) -> None:
    """See nothing expire."""
    patch(watchdog, "judge", lambda _real: lambda _limits, now_ms, *_: now_ms + 60_000.0)
