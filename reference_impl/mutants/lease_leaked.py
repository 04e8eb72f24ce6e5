"""The lease of a task that is stopped at its engine is never given back."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.service.worker import Worker

REQUIREMENTS = ["OC-POOL-3007"]


def plant(patch: Patch) -> None:
    """Give back what the engine was done with, and nothing else."""
    patch(Worker, "give_back", _keeping)


def _keeping(real: Callable[..., Any]) -> Callable[..., None]:
    def give_back(self: Worker, lease: int, now_ms: float, *, cooling: bool) -> None:
        if not cooling:
            real(self, lease, now_ms, cooling=cooling)

    return give_back
