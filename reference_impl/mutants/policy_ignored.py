"""A full queue refuses whatever its policy is."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import pool

REQUIREMENTS = ["ORCH-3005", "OC-CORE-1002", "OC-CORE-1054"]


def plant(patch: Patch) -> None:
    """Configure none but reject."""
    patch(pool, "create_queue", _wrong)


def _wrong(real: Any) -> Any:
    def create_queue(capacity: int, policy: str, age_ms: float, order: str) -> Any:
        return real(capacity, "reject", age_ms, order)

    return create_queue
