"""The end of a task is told twice."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core.event_log import EventLog

REQUIREMENTS = ["OC-CTRL-2024"]


def plant(patch: Patch) -> None:
    """Open the log again behind its end, for another."""
    patch(EventLog, "append", _twice)


def _twice(real: Any) -> Any:
    def append(log: EventLog, event: str, data: bytes, *, terminal: bool = False) -> int:
        number: int = real(log, event, data, terminal=terminal)
        if terminal:
            log.closed = False
            number = real(log, event, data, terminal=terminal)
        return number

    return append
