"""What a module does wrong is answered as a failure of the server."""

from typing import Any, NoReturn

from mutants._planting import Patch
from orchestratord.core.errors import OrchestratorError
from orchestratord.policy import verdict
from orchqueue_contract.errors import ErrorCode

REQUIREMENTS = ["OC-POLICY-4011", "OC-POLICY-4012"]


def plant(patch: Patch) -> None:
    """Give up where a module has."""
    patch(verdict, "failed", _wrong)


def _wrong(_real: Any) -> Any:
    def failed(failure: str, *_: Any) -> NoReturn:
        raise OrchestratorError(ErrorCode.INTERNAL, failure)

    return failed
