"""The catalog ends with its server."""

from mutants._planting import Patch
from orchestratord.stores import CatalogStore

REQUIREMENTS = ["OC-CAT-4207"]


def plant(patch: Patch) -> None:
    """Write nothing to the disk."""
    patch(CatalogStore, "put", lambda _real: lambda *_: None)
