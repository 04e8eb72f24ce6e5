"""Checks of models are neither counted nor logged."""

from mutants._planting import Patch
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["ORCH-3064", "OC-CAT-4206"]


def plant(patch: Patch) -> None:
    """Say nothing."""
    patch(Ledger, "model_verified", lambda _real: lambda *_: None)
