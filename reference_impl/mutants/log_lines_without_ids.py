"""Log lines do not say which job and pool they are about."""

from typing import Any

from msgspec import structs

from mutants._planting import Patch
from orchestratord.logs import Line, Log

REQUIREMENTS = ["OC-CORE-1040", "OC-CTRL-2050", "ORCH-3027", "ORCH-3094"]


def plant(patch: Patch) -> None:
    """Leave out the ids."""
    patch(Log, "write", _bare)


def _bare(_real: Any) -> Any:
    def write(log: Log, line: Line) -> None:
        fields: dict[str, Any] = structs.asdict(line)
        left = {name: value for name, value in fields.items() if name not in {"ts", "job_id", "pool_id"}}
        log.line(left.pop("level"), left.pop("event"), left.pop("correlation_id"), **left)

    return write
