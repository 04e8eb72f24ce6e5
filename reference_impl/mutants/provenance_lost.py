"""A model's signatures are not kept."""

from dataclasses import replace

from mutants._planting import Patch
from orchestratord.http import operations

REQUIREMENTS = ["ORCH-3060", "OC-CAT-4201"]


def plant(patch: Patch) -> None:
    """Register the model without them."""
    patch(operations, "read_registration", lambda real: lambda body: replace(real(body), signatures=()))
