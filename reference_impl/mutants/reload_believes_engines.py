"""A reload succeeds whatever the engines say that they serve."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.pool_control import PoolControl

REQUIREMENTS = ["OC-CTRL-2003", "ORCH-3031"]


def plant(patch: Patch) -> None:
    """Ask no new worker for its model, nor whether it is ready."""
    patch(PoolControl, "_prove", lambda _real: _tended)


async def _tended(self: PoolControl, pool: Any, fresh: Any, _model_ref: str) -> None:
    for worker in fresh:
        self._supervisor.tend(pool, worker)
    for worker in fresh:
        await self._supervisor.settled(worker)
