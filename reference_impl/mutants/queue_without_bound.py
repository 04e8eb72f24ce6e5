"""A queue has no bound."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import pool

REQUIREMENTS = ["ORCH-3004", "OC-CORE-1001"]


def plant(patch: Patch) -> None:
    """Give it room for all."""
    patch(pool, "create_queue", _wrong)


def _wrong(real: Any) -> Any:
    def create_queue(capacity: int, policy: str, age_ms: float, order: str) -> Any:
        return real(10_000, policy, age_ms, order)

    return create_queue
