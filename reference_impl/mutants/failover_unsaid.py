"""A task whose replica does not know its session says nothing of that."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.service import dispatch

REQUIREMENTS = ["ORCH-3023", "ORCH-3009"]


def plant(patch: Patch) -> None:
    """Take every replica for the one that served last."""
    patch(dispatch, "_note_kv", _warm)


def _warm(real: Callable[..., Any]) -> Callable[..., None]:
    def note_kv(job: Any, worker: Any) -> None:
        real(job, worker)
        job.warm, job.strayed = True, False

    return note_kv
