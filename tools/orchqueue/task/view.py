"""Where `orchqueue task` writes: the text to standard output, everything else to standard error.

On a terminal one line changes while there is something to wait for; elsewhere there are plain lines.
"""

import shutil
import time
from textwrap import fill
from typing import IO, TextIO

import click

from orchqueue.terminal import CLEAR, printable


class View:
    """Writes tokens to `text`, as bytes and without delay, and lines to `notes`.

    `text` is None when tokens are not to be shown; `encoding` is its terminal's, or None when it is none.
    """

    def __init__(self, text: IO[bytes] | None, notes: TextIO, *, encoding: str | None = None) -> None:
        self._text, self._notes, self._encoding = text, notes, encoding
        self._changes = notes.isatty()
        self._open = False  # the terminal's cursor stands in a line of the text
        self._waiting: tuple[str, float] | None = None

    def token(self, text: str) -> None:
        """Write a token; raises BrokenPipeError when nobody reads any more. OC-CLIENT-8510."""
        if self._text is None or not text:
            return
        self._clear()
        if self._encoding is not None:
            text = "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)
            self._open = not text.endswith("\n")
        self._write(text.encode(self._encoding or "utf-8", "replace"))

    def mute(self) -> None:
        """Write no more text: whoever read it is gone."""
        self._text = None

    def note(self, label: str, what: str) -> None:
        """Write a line that stays."""
        self.rest()
        line = printable(f"{label:<8} {what}")
        if self._changes:
            line = fill(line, shutil.get_terminal_size().columns, subsequent_indent=" " * 9)
        click.secho(line, file=self._notes, dim=True)

    def wait(self, label: str, what: str) -> None:
        """From now on, until something else is written, a line tells how long this lasts."""
        self._clear()
        self._waiting = f"{label:<8} {what}", time.monotonic()

    def tick(self) -> None:
        """Bring the changing line up to date; nothing happens where lines do not change."""
        if self._waiting is None or not self._changes or self._open:
            return
        what, since = self._waiting
        line = f"{what}, {time.monotonic() - since:.0f} s"
        self._notes.write(CLEAR + printable(line)[: shutil.get_terminal_size().columns - 1])
        self._notes.flush()

    def rest(self) -> None:
        """Take the changing line away, and end the line of text that the cursor stands in."""
        self._clear()
        if self._open:
            self._open = False
            self._write(b"\n")

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while self._text is not None and rest:
            rest = rest[self._text.write(rest) :]

    def _clear(self) -> None:
        if self._waiting is not None and self._changes:
            self._notes.write(CLEAR)
            self._notes.flush()
        self._waiting = None
