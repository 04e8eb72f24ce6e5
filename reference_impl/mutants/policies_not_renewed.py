"""The modules that a server was started with are asked until it ends."""

from mutants._planting import Patch
from orchestratord.service.orchestrator import Orchestrator

REQUIREMENTS = ["OC-POLICY-4015"]


def plant(patch: Patch) -> None:
    """Renew nothing."""
    patch(Orchestrator, "renew_policies", lambda _real: lambda *_: None)
