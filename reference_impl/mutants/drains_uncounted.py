"""A drain moves no counter and leaves no line."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["OC-POOL-3031", "OC-POOL-3043"]


def plant(patch: Patch) -> None:
    """Write nothing down."""
    patch(Ledger, "drained", lambda _real: _unnoted)


def _unnoted(_self: Ledger, *_more: Any) -> None:
    """Do nothing."""
