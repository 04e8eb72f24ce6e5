"""Reading the metrics moves a counter."""

from typing import Any

from mutants._planting import Patch
from orchestratord.metrics import Metrics

REQUIREMENTS = ["OC-METRICS-7103"]


def plant(patch: Patch) -> None:
    """Count who reads."""
    patch(Metrics, "exposition", _counting)


def _counting(real: Any) -> Any:
    def exposition(metrics: Metrics, accept: str) -> Any:
        metrics.count("tasks_rejected_total", (None, "INTERNAL"))
        return real(metrics, accept)

    return exposition
