"""Nobody can read a session."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core.errors import OrchestratorError
from orchestratord.service.orchestrator import Orchestrator
from orchqueue_contract.errors import ErrorCode

REQUIREMENTS = ["ORCH-2004"]


def plant(patch: Patch) -> None:
    """Know of none."""
    patch(Orchestrator, "session", lambda _real: _unknown)


def _unknown(_self: Orchestrator, _key: Any) -> Any:
    raise OrchestratorError(ErrorCode.NOT_FOUND, "There is no such session, or no longer.")
