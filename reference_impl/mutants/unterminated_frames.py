"""Events are not ended by a blank line."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core.event_log import EventLog

REQUIREMENTS = ["OC-CTRL-2022"]


def plant(patch: Patch) -> None:
    """Leave the last blank line out."""
    patch(EventLog, "append", _unended)


def _unended(real: Any) -> Any:
    def append(log: EventLog, event: str, data: bytes, *, terminal: bool = False) -> int:
        number: int = real(log, event, data, terminal=terminal)
        if terminal:
            log._frames[-1] = log._frames[-1].removesuffix(b"\n")
        return number

    return append
