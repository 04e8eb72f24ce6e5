"""Log lines do not say which job and pool they are about."""

from typing import Any

from mutants._planting import Patch
from orchestratord.logs import Log

REQUIREMENTS = ["OC-CORE-1040", "OC-CTRL-2050", "ORCH-3027", "ORCH-3094"]


def plant(patch: Patch) -> None:
    """Leave out the ids."""
    patch(Log, "write", _bare)


def _bare(real: Any) -> Any:
    def write(log: Log, level: Any, event: str, correlation_id: Any, fields: Any) -> None:
        left = {name: value for name, value in fields.items() if name not in {"job_id", "pool_id"}}
        real(log, level, event, correlation_id, left)

    return write
