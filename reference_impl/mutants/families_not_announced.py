"""A family without samples is not announced."""

from typing import Any

from mutants._planting import Patch
from orchestratord.metrics import Metrics

REQUIREMENTS = ["OC-METRICS-7105"]


def plant(patch: Patch) -> None:
    """Leave out what announces one."""
    patch(Metrics, "exposition", _unannounced)


def _unannounced(real: Any) -> Any:
    def exposition(metrics: Metrics, accept: str) -> Any:
        page, media = real(metrics, accept)
        kept = [line for line in page.split(b"\n") if not line.startswith(b"# TYPE tasks_started")]
        return b"\n".join(kept), media

    return exposition
