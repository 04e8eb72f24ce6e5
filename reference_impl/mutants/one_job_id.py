"""Two tasks have one job id."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.intake import Intake

REQUIREMENTS = ["ORCH-3024"]


def plant(patch: Patch) -> None:
    """Make one id and keep it."""
    patch(Intake, "__init__", _same)


def _same(real: Any) -> Any:
    def init(intake: Intake, **parts: Any) -> None:
        real(intake, **parts)
        ids = iter(f"job-{number // 2}" for number in range(10_000_000))
        object.__setattr__(intake._world, "new_id", lambda: next(ids))

    return init
