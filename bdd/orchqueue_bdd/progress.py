"""What a run says while it goes on, a JSON object a line on the stdout that it was started with.

behave and the steps may print: that goes to stderr, so that nobody's words are taken for progress.
"""

import json
import os
import sys
from typing import Any, TextIO


class Progress:
    """Says on one stream what has happened: `plan`, `scenario`, `failed` with their data."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @classmethod
    def on_stdout(cls) -> "Progress":
        """Keep this process's stdout for progress and send whatever else is printed to stderr."""
        own = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        return cls(own)

    @classmethod
    def nowhere(cls) -> "Progress":
        """Keep to itself what is said."""
        return cls(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123 - open for as long as it is used

    def say(self, what: str, **data: Any) -> None:
        """Say one thing."""
        self._stream.write(json.dumps({"what": what, **data}) + "\n")
        self._stream.flush()

    def pass_on(self, line: str) -> None:
        """Say what another run has said."""
        self._stream.write(line)
        self._stream.flush()
