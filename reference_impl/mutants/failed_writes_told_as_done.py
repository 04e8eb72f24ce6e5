"""A change of the catalog that could not be written is answered as if it were."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.stores.catalog import CatalogStore
from orchestratord.stores.errors import StoreError

REQUIREMENTS = ["OC-CAT-4207"]


def plant(patch: Patch) -> None:
    """Pass over what the store says."""
    for name in ("put", "remove"):
        patch(CatalogStore, name, _passing_over)


def _passing_over(real: Callable[..., None]) -> Callable[..., None]:
    def done(*args: Any) -> None:
        try:
            real(*args)
        except StoreError:
            return

    return done
