"""An error of the driver is taken for a crash like any other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.core.pools.exits import FailureCause, Verdict
from orchestratord.service import hosting

REQUIREMENTS = ["ORCH-3038", "OC-POOL-3010"]


def plant(patch: Patch) -> None:
    """See nothing of the driver in how a process ends, nor in what it says."""
    patch(hosting, "judge", _plain)
    patch(hosting, "judge_line", lambda _real: lambda *_told, **_more: None)


def _plain(real: Callable[..., Any]) -> Callable[..., Verdict]:
    def judge(*told: Any) -> Verdict:
        verdict: Verdict = real(*told)
        if verdict.cause is not FailureCause.DRIVER_ERROR:
            return verdict
        return replace(verdict, cause=FailureCause.CRASH, driver=None)

    return judge
