"""What a run shows while it goes on: one line that changes on a terminal, plain lines elsewhere."""

import shutil
from typing import Any, TextIO

from orchqueue.terminal import CLEAR, printable


class Display:
    """Takes the progress of the features' process, and tells it to `stream`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._total = 0
        self._done = 0
        self._bad = 0

    def take(self, data: dict[str, Any]) -> None:
        """Take one thing that happened; what is not known is passed over."""
        match data.get("what"):
            case "plan":
                self._total, self._done = int(data["scenarios"]), 0
                claimed = ", ".join(data["profiles"]) or "none"
                self.line(f"{self._total} scenarios, seed {data['seed']}, claimed profiles: {claimed}")
            case "scenario":
                self._scenario(data)
            case "note":
                self.line(str(data["text"]))

    def line(self, text: str) -> None:
        """Show a line that stays."""
        self._stream.write(f"{CLEAR if self._terminal else ''}{text}\n")
        self._stream.flush()

    def finish(self) -> None:
        """Take the changing line away."""
        if self._terminal:
            self._stream.write(CLEAR)
            self._stream.flush()

    def _scenario(self, data: dict[str, Any]) -> None:
        self._done += 1
        status = str(data["status"])
        told = f"{status:<12} {data['seconds']:7.2f} s  {data['place']}  {data['name']}"
        if status != "pass":
            self._bad += 1
        if not self._terminal or status != "pass":
            self.line(printable(told))
        if self._terminal:
            bad = f", {self._bad} not passed" if self._bad else ""
            width = shutil.get_terminal_size().columns - 1
            now = f"{self._done}/{self._total}{bad}  {data['name']}"
            self._stream.write(CLEAR + printable(now)[:width])
            self._stream.flush()
