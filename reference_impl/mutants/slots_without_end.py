"""More tasks are at an engine than it has slots."""

from mutants._planting import Patch
from orchestratord.service.worker import Worker

REQUIREMENTS = ["ORCH-3019"]


def plant(patch: Patch) -> None:
    """Take none of its slots for taken."""
    patch(Worker, "_slots_taken", lambda _real: lambda _worker: 0)
