"""A batch task waits for ever behind interactive ones."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import pool

REQUIREMENTS = ["OC-CORE-1053"]


def plant(patch: Patch) -> None:
    """Let nothing age."""
    patch(pool, "create_queue", _wrong)


def _wrong(real: Any) -> Any:
    def create_queue(capacity: int, policy: str, age_ms: float, order: str) -> Any:
        return real(capacity, policy, 1e12, order)

    return create_queue
