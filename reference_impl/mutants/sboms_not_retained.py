"""An SBOM is fetched anew whenever it is wanted."""

from mutants._planting import Patch
from orchestratord.stores import CatalogStore

REQUIREMENTS = ["ORCH-3065", "OC-CAT-4203"]


def plant(patch: Patch) -> None:
    """Find none that was kept."""
    patch(CatalogStore, "sbom", lambda _real: lambda *_: None)
