"""One thing that is wrong in a file, and how a run shows all of them. Other formats live in `sarif`."""

from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """A line of a file: `file` relative to the root, with forward slashes; `line` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Finding(NamedTuple):
    """A fault at a place.

    `rule` is a short stable name for tools; `message` says what is wrong and what to do.
    """

    file: str
    line: int
    message: str
    rule: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, by file, line and message, so that two runs over the same tree print the same."""
    return tuple(sorted(set(findings)))
