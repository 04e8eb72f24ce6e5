"""A session that was deleted is there as before."""

from mutants._planting import Patch
from orchestratord.service.orchestrator import Orchestrator

REQUIREMENTS = ["ORCH-2005"]


def plant(patch: Patch) -> None:
    """End none."""
    patch(Orchestrator, "delete_session", lambda _real: lambda *_: None)
