"""Any bundle will do, whoever has signed what."""

from mutants._planting import Patch
from orchestratord.catalog import signatures

REQUIREMENTS = ["OC-CAT-4216"]


def plant(patch: Patch) -> None:
    """Find every bundle good."""
    patch(signatures, "is_bundle_by", lambda _real: lambda *_: True)
