"""Everything is counted twice."""

from typing import Any

from mutants._planting import Patch
from orchestratord.metrics import Metrics

REQUIREMENTS = ["OC-CORE-1041"]


def plant(patch: Patch) -> None:
    """Add twice what there is to add."""
    patch(Metrics, "count", _twice)


def _twice(real: Any) -> Any:
    def count(metrics: Metrics, series: str, labels: Any, amount: float = 1) -> None:
        real(metrics, series, labels, 2 * amount)

    return count
