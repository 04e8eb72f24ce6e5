"""A reload that fails takes the old workers away, too."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.service.pool_control import PoolControl

REQUIREMENTS = ["OC-POOL-3008"]


def plant(patch: Patch) -> None:
    """Give up both."""
    patch(PoolControl, "_roll_back", _worse)


def _worse(real: Callable[..., Any]) -> Callable[..., Any]:
    async def roll_back(self: PoolControl, pool: Any, fresh: Any, before: Any, *, beside: bool) -> None:
        await real(self, pool, fresh, before, beside=beside)
        for worker in list(pool.workers.values()):
            await self._supervisor.end(worker)

    return roll_back
