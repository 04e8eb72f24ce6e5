"""More tokens than a task may have are accepted."""

from mutants._planting import Patch
from orchestratord.core import guards

REQUIREMENTS = ["OC-CORE-1021", "ORCH-3015"]


def plant(patch: Patch) -> None:
    """Check nothing."""
    patch(guards, "check_tokens", lambda _real: lambda *_: None)
