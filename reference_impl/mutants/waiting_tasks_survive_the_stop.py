"""A server that stops leaves waiting tasks without an end."""

from mutants._planting import Patch
from orchestratord.service.orchestrator import Orchestrator

REQUIREMENTS = ["OC-CTRL-2070"]


def plant(patch: Patch) -> None:
    """End none."""
    patch(Orchestrator, "_shut", lambda _real: lambda *_: None)
