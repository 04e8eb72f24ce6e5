"""An engine that does not get ready is waited for without end."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.service.worker import Worker

REQUIREMENTS = ["OC-POOL-3045"]

AN_HOUR_MS = 3_600_000


def plant(patch: Patch) -> None:
    """Give it an hour."""
    patch(Worker, "__init__", _patient)


def _patient(real: Callable[..., None]) -> Callable[..., None]:
    def init(self: Worker, pool: Any, plan: Any, *more: Any, **named: Any) -> None:
        real(self, pool, replace(plan, preload_ms=AN_HOUR_MS), *more, **named)

    return init
