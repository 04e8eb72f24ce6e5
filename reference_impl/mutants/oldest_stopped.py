"""Preemption stops the oldest task."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import preemptor

REQUIREMENTS = ["OC-CORE-1052"]


def plant(patch: Patch) -> None:
    """Choose the one that has run longest."""
    patch(preemptor, "victim", lambda _real: _oldest)


def _oldest(running: Any) -> str | None:
    able = [one for one in running if one.batch and not one.spared]
    return min(able, key=lambda one: (one.started_ms, one.id)).id if able else None
