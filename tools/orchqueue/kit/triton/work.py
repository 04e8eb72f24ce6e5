"""What reached the model and what became of it, as the model itself wrote it down."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

Outcome = Literal["finished", "failed", "cancelled"]


@dataclass(frozen=True)
class TritonRequest:
    """One request that an instance of a model took up.

    `parameters` are those of the request. Times are milliseconds of the kit's clock. `outcome` is None while
    it is worked on, and `sent` then None too; `cancelled` is what the engine told the model, not a guess.
    """

    key: str
    model: str
    prompt: str
    parameters: dict[str, Any]
    started_ms: float
    ended_ms: float | None = None
    outcome: Outcome | None = None
    sent: int | None = None


def read_work(path: Path) -> list[TritonRequest]:
    """Return the requests of a file that models write to, oldest first; none where there is no file yet."""
    found: dict[str, TritonRequest] = {}
    # A line that is not ended yet is still being written.
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    for line in lines:
        if not line.endswith(b"\n"):
            continue
        entry = json.loads(line)
        key = entry["key"]
        found[key] = replace(found[key], **entry) if key in found else TritonRequest(**entry)
    return list(found.values())
