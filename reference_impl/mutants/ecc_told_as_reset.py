"""An ECC error is counted as a reset of the driver."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.core.pools.exits import DriverEvent
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["ORCH-3053", "OC-POOL-3010"]


def plant(patch: Patch) -> None:
    """Count every event as a reset."""
    patch(Ledger, "driver_failed", _resets)


def _resets(real: Callable[..., Any]) -> Callable[..., None]:
    def driver_failed(self: Ledger, pool: Any, _event: DriverEvent, who: str) -> None:
        real(self, pool, DriverEvent.RESET, who)

    return driver_failed
