"""First tokens are measured as those of interactive tasks, whatever the priority."""

from typing import Any

from mutants._planting import Patch
from orchestratord.metrics import Metrics

REQUIREMENTS = ["ORCH-3041"]


def plant(patch: Patch) -> None:
    """Call each priority interactive."""
    patch(Metrics, "observe", _as_interactive)


def _as_interactive(real: Any) -> Any:
    def observe(metrics: Metrics, name: str, labels: Any, value: float) -> None:
        if name == "latency_first_token_ms":
            labels = (*labels[:-1], "interactive")
        real(metrics, name, labels, value)

    return observe
