"""What a strict policy does not trust is taken with a warning."""

from mutants._planting import Patch
from orchestratord.core.catalog import trust

REQUIREMENTS = ["ORCH-3061", "OC-CAT-4204"]


def plant(patch: Patch) -> None:
    """Warn where it would fail."""
    patch(trust, "result_of", lambda real: lambda *args: real(*args).replace("fail", "warn"))
