"""A priority that a policy sets is not the task's."""

from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.policy.host import PolicyHost

REQUIREMENTS = ["OC-POLICY-4014"]


def plant(patch: Patch) -> None:
    """Tell the decision, and not what it asks for."""
    patch(PolicyHost, "admission", _wrong)


def _wrong(real: Any) -> Any:
    def admission(*args: Any, **named: Any) -> Any:
        return replace(real(*args, **named), priority=None)

    return admission
