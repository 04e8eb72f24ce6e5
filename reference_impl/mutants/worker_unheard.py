"""What a worker says does not come into the log."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["OC-POOL-3040"]


def plant(patch: Patch) -> None:
    """Pass nothing on."""
    patch(Ledger, "worker_said", lambda _real: _unsaid)


def _unsaid(_self: Ledger, *_more: Any) -> None:
    """Do nothing."""
