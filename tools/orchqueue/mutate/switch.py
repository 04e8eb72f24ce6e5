"""The switch of a workplace: a file that says which mutant is on, for the proxy and the server behind it.

It is read anew for each answer, so a mutant is put on and taken off without a start. Beside it lies the mark
that the mutant was met with: without it nothing was broken, and nothing can be said of who survived.
"""

import json
from pathlib import Path
from typing import Any


class Switch:
    """The switch at `path`, from either side."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark = path.with_name(f"{path.name}.met")
        self._read = ""
        self._on: dict[str, Any] = {}

    def put(self, on: dict[str, Any]) -> None:
        """Put a mutant on, `{}` for none, and forget that one was met with."""
        self._mark.unlink(missing_ok=True)
        temporary = self.path.with_name(f"{self.path.name}.new")
        temporary.write_text(json.dumps(on), encoding="utf-8")
        temporary.replace(self.path)

    def on(self) -> dict[str, Any]:
        """Give what is on."""
        text = self.path.read_text(encoding="utf-8")
        if text != self._read:
            self._read, self._on = text, json.loads(text)
        return self._on

    def mark(self) -> None:
        """Note that the mutant was met with."""
        self._mark.touch()

    @property
    def met(self) -> bool:
        """Whether the mutant that is on was met with."""
        return self._mark.exists()
