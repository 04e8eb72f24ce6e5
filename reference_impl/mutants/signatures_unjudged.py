"""Who has signed a model, and whether anybody has, is not looked at."""

from mutants._planting import Patch
from orchestratord.core.catalog import trust

REQUIREMENTS = ["ORCH-3061", "ORCH-3063", "OC-CAT-4202"]


def plant(patch: Patch) -> None:
    """Find nothing wrong with any signature."""
    patch(trust, "_judge_signatures", lambda _real: lambda *_: ())
