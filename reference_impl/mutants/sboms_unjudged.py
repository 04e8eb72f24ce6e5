"""Any SBOM will do, whatever it is about."""

from mutants._planting import Patch
from orchestratord.core.catalog import trust

REQUIREMENTS = ["OC-CAT-4203"]


def plant(patch: Patch) -> None:
    """Find nothing wrong with what was fetched."""
    patch(trust, "judge_sbom", lambda _real: lambda *_: [])
