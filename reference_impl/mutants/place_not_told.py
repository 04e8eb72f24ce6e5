"""Neither log nor start say where a task stood."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import events
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["ORCH-3029", "OC-CTRL-2021"]


def plant(patch: Patch) -> None:
    """Leave the position out."""
    patch(Ledger, "_task_line", _silent)
    patch(events, "_encode", _placeless)


def _silent(real: Any) -> Any:
    def line(ledger: Ledger, level: Any, event: str, job: Any, **fields: Any) -> None:
        real(ledger, level, event, job, **{**fields, "queue_position": None, "predicted_start_ms": None})

    return line


def _placeless(real: Any) -> Any:
    def encode(value: Any) -> Any:
        if isinstance(value, dict) and "queue_position" in value:
            value = {**value, "queue_position": value["queue_position"] + 3}
        return real(value)

    return encode
