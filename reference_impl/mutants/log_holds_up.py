"""A log that nobody reads holds up the server."""

import os
from typing import Any

from mutants._planting import Patch
from orchestratord.log_writer import LogWriter

REQUIREMENTS = ["OC-OPS-8008"]


def plant(patch: Patch) -> None:
    """Write each line at once, and wait until it is written."""
    patch(LogWriter, "write", _waiting)


def _waiting(real: Any) -> Any:
    def write(writer: LogWriter, line: bytes) -> None:
        os.set_blocking(1, True)
        os.write(1, b"{}" + b" " * 4096 + b"\n")
        real(writer, line)

    return write
