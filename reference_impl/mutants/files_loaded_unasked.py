"""A worker loads whatever file is there."""

from mutants._planting import Patch
from orchestratord.service.catalog import Catalog

REQUIREMENTS = ["ORCH-3037", "OC-CAT-4215"]


def plant(patch: Patch) -> None:
    """Vouch for every file."""
    patch(Catalog, "check_file", lambda _real: lambda *_: None)
