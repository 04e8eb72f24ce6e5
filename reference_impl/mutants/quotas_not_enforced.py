"""A tenant has more than its quota."""

from mutants._planting import Patch
from orchestratord.core import quotas

REQUIREMENTS = ["OC-CORE-1051", "ORCH-3036", "ORCH-3077"]


def plant(patch: Patch) -> None:
    """Find no quota exceeded."""
    patch(quotas, "exceeded", lambda _real: lambda *_: None)
