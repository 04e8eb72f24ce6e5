"""Every deadline is told as met."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core.deadlines import DeadlineRecord

REQUIREMENTS = ["ORCH-3081"]


def plant(patch: Patch) -> None:
    """Take each for met."""
    patch(DeadlineRecord, "ended", _met)


def _met(real: Any) -> Any:
    def ended(record: DeadlineRecord, priority: Any, *, met: bool) -> None:
        real(record, priority, met=True)

    return ended
