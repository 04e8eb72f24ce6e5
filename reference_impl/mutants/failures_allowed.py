"""What a module fails to decide is allowed, whatever its entry says."""

from typing import Any

from mutants._planting import Patch
from orchestratord.policy import verdict

REQUIREMENTS = ["OC-POLICY-4012"]


def plant(patch: Patch) -> None:
    """Deny nothing after a failure."""
    patch(verdict, "failed", _wrong)


def _wrong(real: Any) -> Any:
    def failed(failure: str, _denies: bool, *said: Any) -> Any:
        return real(failure, False, *said)

    return failed
