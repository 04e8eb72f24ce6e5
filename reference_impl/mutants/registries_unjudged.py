"""A model may come from anywhere."""

from mutants._planting import Patch
from orchestratord.core.catalog import trust

REQUIREMENTS = ["ORCH-3063"]


def plant(patch: Patch) -> None:
    """Find nothing wrong with any source."""
    patch(trust, "_judge_source", lambda _real: lambda *_: ())
