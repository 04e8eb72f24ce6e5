"""The health of a pool does not say what was wrong."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.service import overview

REQUIREMENTS = ["OC-POOL-3002", "ORCH-3003"]


def plant(patch: Patch) -> None:
    """Leave the last error out."""
    patch(overview, "pool_health", _silent)


def _silent(real: Callable[..., Any]) -> Callable[..., Any]:
    def pool_health(*told: Any, **more: Any) -> Any:
        return replace(real(*told, **more), last_error=None)

    return pool_health
