"""One request of a tool from the command line, and its line in the audit log."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestratord.logs import Log
from orchestratord.policy import PolicyPlan
from orchestratord.policy.host import PolicyHost
from orchestratord.policy.tools import ToolGate, ToolRequest, ToolResponse


def fetch(plan: PolicyPlan, asked: ToolRequest, audit: Path | None) -> ToolResponse:
    """Carry out a request; `audit` None is standard error.

    Raises ConfigurationError for modules that cannot be loaded, ToolError for a request that gets no answer.
    """
    return asyncio.run(_fetch(plan, asked, audit))


async def _fetch(plan: PolicyPlan, asked: ToolRequest, audit: Path | None) -> ToolResponse:
    host = PolicyHost(plan)
    try:
        gate = ToolGate(plan.tools, host, _Audit(audit, asked.correlation_id))
        try:
            return await gate.request(asked)
        finally:
            await gate.close()
    finally:
        host.close()


class _Audit:
    """Appends a line that is on the disk when the call returns."""

    def __init__(self, path: Path | None, correlation_id: str) -> None:
        self._path = path
        self._log = Log(self._write, "debug", correlation_id)

    def __call__(self, fields: Mapping[str, Any]) -> None:
        """Write one line. Raises OSError."""
        self._log.line("info" if fields["outcome"] == "allowed" else "warning", "tool.audit", **fields)

    def _write(self, line: bytes) -> None:
        if self._path is None:
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()
            return
        with self._path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
