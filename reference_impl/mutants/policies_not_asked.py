"""Policies are loaded and never asked."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.policies import Policies

REQUIREMENTS = ["ORCH-3048", "OC-POLICY-4014", "OC-POLICY-4020"]


def plant(patch: Patch) -> None:
    """Let every task pass as it came."""
    patch(Policies, "judge", _wrong)


def _wrong(_real: Any) -> Any:
    async def judge(_self: Any, spec: Any, *_: Any) -> Any:
        return spec

    return judge
