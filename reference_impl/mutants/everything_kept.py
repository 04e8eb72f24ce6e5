"""What is kept of ended tasks has no bound."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.kept import KeptTasks

REQUIREMENTS = ["OC-CTRL-2017"]


def plant(patch: Patch) -> None:
    """Have room for all."""
    patch(KeptTasks, "__init__", _roomy)


def _roomy(real: Any) -> Any:
    def init(kept: KeptTasks, retain_ms: float, _total_bytes: int, *more: Any) -> None:
        real(kept, retain_ms, 1 << 40, *more)

    return init
