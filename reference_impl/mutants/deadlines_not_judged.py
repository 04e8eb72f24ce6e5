"""A deadline that cannot be met is accepted."""

from mutants._planting import Patch
from orchestratord.core import admission

REQUIREMENTS = ["OC-CORE-1025", "ORCH-3079", "ORCH-3093"]


def plant(patch: Patch) -> None:
    """Judge none."""
    patch(admission, "_check_deadline", lambda _real: lambda *_: None)
