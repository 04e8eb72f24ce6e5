"""A pool that the server cannot serve is no error of the file."""

from mutants._planting import Patch
from orchestratord import settings

REQUIREMENTS = ["OC-CONFIG-6006", "OC-ADAPT-5024", "OC-ADAPT-5063"]


def plant(patch: Patch) -> None:
    """See nothing wrong with pools."""
    patch(settings, "pool_problems", lambda _real: lambda _full: [])
