"""The facts of one run: what was found and done, a JSON object a line, under one correlation id."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestratord.flow.files import PRIVATE

Tell = Callable[[dict[str, Any]], None]


def facts_path(config: Path) -> Path:
    """Where the facts of commits to a file are kept."""
    return config.with_name(config.name + ".facts.jsonl")


class Facts:
    """Tells facts to whoever runs the command, and keeps them for the audit log until there is one.

    `tell` is given each as it comes.
    """

    def __init__(self, config: Path | None, correlation_id: str, tell: Tell) -> None:
        self.correlation_id = correlation_id
        self._config = config
        self._tell = tell
        self._kept: list[bytes] = []
        self._log: int | None = None

    def add(self, fact: str, **members: Any) -> None:
        """Tell a fact; in the audit log it stands durably when this returns. Raises OSError."""
        # OC-FLOW-6105
        told = {
            "ts": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "fact": fact,
            "correlation_id": self.correlation_id,
            "config": None if self._config is None else str(self._config),
            **members,
        }
        line = json.dumps(told).encode() + b"\n"
        if self._log is None:
            self._kept.append(line)
        else:
            _append(self._log, line)
        self._tell(told)

    def keep_in(self, path: Path) -> None:
        """Append all facts to a file from now on, those of before first. Raises OSError."""
        self._log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        _append(self._log, b"".join(self._kept))

    def close(self) -> None:
        """Give the audit log up."""
        if self._log is not None:
            os.close(self._log)
            self._log = None


def _append(opened: int, data: bytes) -> None:
    if os.write(opened, data) != len(data):
        raise OSError("the audit log could not be written whole")
    os.fsync(opened)
