"""Strict tasks run beside others."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.core.leases import Leases
from orchestratord.core.placement import Candidate

REQUIREMENTS = ["OC-CORE-1033", "OC-CORE-1030", "ORCH-3045", "ORCH-3050", "OC-TEST-7001"]


def plant(patch: Patch) -> None:
    """Reckon with slots alone."""
    patch(Leases, "exclusive", lambda _real: lambda _self: False)
    patch(Candidate, "is_open", _with_company)


def _with_company(real: Callable[..., bool]) -> Callable[..., bool]:
    def is_open(candidate: Candidate, *wanted: Any, alone: bool) -> bool:
        del alone
        return real(candidate, *wanted)

    return is_open
