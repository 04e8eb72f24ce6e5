"""A drain ends what runs at once, whatever its deadline."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.service.pool_control import PoolControl

REQUIREMENTS = ["ORCH-2101", "OC-CTRL-2002"]


def plant(patch: Patch) -> None:
    """Drain without patience."""
    patch(PoolControl, "drain", _cutting)


def _cutting(real: Callable[..., Any]) -> Callable[..., None]:
    def drain(self: PoolControl, pool_id: str, _deadline_ms: float, correlation_id: str) -> None:
        real(self, pool_id, 0.0, correlation_id)

    return drain
