"""A reader who falls behind what is kept goes on behind a gap."""

from math import inf
from typing import Any

from mutants._planting import Patch
from orchestratord.core.event_log import EventLog

REQUIREMENTS = ["OC-CTRL-2019"]


def plant(patch: Patch) -> None:
    """Begin with whatever is still there."""
    patch(EventLog, "since", _with_gaps)


def _with_gaps(real: Any) -> Any:
    def since(log: EventLog, event_id: int, enough_bytes: float = inf) -> Any:
        return real(log, max(event_id, log.first_id), enough_bytes)

    return since
