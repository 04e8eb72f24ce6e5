"""The health of a pool says that all is well, whatever is not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.core.pools.states import WorkerState
from orchestratord.service import overview

REQUIREMENTS = ["OC-CTRL-2001", "ORCH-2103", "OC-POOL-3003", "ORCH-3002"]


def plant(patch: Patch) -> None:
    """Tell every pool as ready."""
    patch(overview, "pool_health", _fine)


def _fine(real: Callable[..., Any]) -> Callable[..., Any]:
    def pool_health(*told: Any, **more: Any) -> Any:
        return replace(
            real(*told, **more), ready=True, draining=False, state=WorkerState.READY, last_error=None
        )

    return pool_health
