"""Log and start say that a task stood elsewhere."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import events
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["ORCH-3029", "OC-CTRL-2021"]


def plant(patch: Patch) -> None:
    """Tell a place further back."""
    patch(Ledger, "_task_line", _further_back)
    patch(events, "_encode", _moved)


def _further_back(real: Any) -> Any:
    def line(ledger: Ledger, level: Any, event: str, job: Any, **fields: Any) -> None:
        real(ledger, level, event, job, **{**fields, "queue_position": job.forecast.position + 3})

    return line


def _moved(real: Any) -> Any:
    def encode(value: Any) -> Any:
        if isinstance(value, dict) and "queue_position" in value:
            value = {**value, "queue_position": value["queue_position"] + 3}
        return real(value)

    return encode
