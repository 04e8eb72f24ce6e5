"""The buckets of a histogram do not add up."""

from typing import Any

from mutants._planting import Patch
from orchestratord.metrics import Metrics

REQUIREMENTS = ["OC-METRICS-7104"]


def plant(patch: Patch) -> None:
    """Write the first bucket as emptier than it is, and the second as fuller."""
    patch(Metrics, "exposition", _uneven)


def _uneven(real: Any) -> Any:
    def exposition(metrics: Metrics, accept: str) -> Any:
        page, media = real(metrics, accept)
        lines = [
            line.rpartition(b" ")[0] + b" 99999.0" if b"_bucket" in line and b'le="5.0"' in line else line
            for line in page.split(b"\n")
        ]
        return b"\n".join(lines), media

    return exposition
