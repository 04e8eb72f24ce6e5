"""Preemptions are not counted."""

from mutants._planting import Patch
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["ORCH-3087"]


def plant(patch: Patch) -> None:
    """Note none."""
    patch(Ledger, "preempted", lambda _real: lambda *_: None)
