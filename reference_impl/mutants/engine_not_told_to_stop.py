"""An engine is not told that its task has ended."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.settlement import Settlement

REQUIREMENTS = ["OC-ADAPT-5083", "OC-CORE-1022"]


def plant(patch: Patch) -> None:
    """Let it go on."""
    patch(Settlement, "_release", _untold)


def _untold(real: Any) -> Any:
    def release(settlement: Settlement, job: Any, *, engine_done: bool) -> None:
        real(settlement, job, engine_done=engine_done)

    return release
