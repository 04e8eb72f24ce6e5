"""A reload is answered as done, and nothing is done."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.pool_control import PoolControl

REQUIREMENTS = ["ORCH-2102", "OC-CTRL-2003"]


def plant(patch: Patch) -> None:
    """Reload nothing."""
    patch(PoolControl, "reload", lambda _real: _told)


async def _told(_self: PoolControl, *_more: Any) -> None:
    """Do nothing."""
