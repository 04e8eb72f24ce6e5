"""A worker is ready as soon as it says that it is well."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.tending import Tender

REQUIREMENTS = ["ORCH-3049", "OC-POOL-3001"]


def plant(patch: Patch) -> None:
    """Prove nothing."""
    patch(Tender, "_prove", lambda _real: _unproven)


async def _unproven(_self: Tender, *_more: Any) -> None:
    """Ask nothing."""
