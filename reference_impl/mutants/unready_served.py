"""A worker that was ready once gets tasks for ever."""

from mutants._planting import Patch
from orchestratord.core.pools.health import WorkerHealth

REQUIREMENTS = ["OC-CORE-1010", "ORCH-3010", "ORCH-3002"]


def plant(patch: Patch) -> None:
    """Be ready as soon as anything is known."""
    patch(WorkerHealth, "ready", lambda _real: lambda self: self.facts is not None)
