"""Two runs side by side: which requirements came off differently."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchqueue.report.conformance import RESULTS, ReportError

GOOD = "pass"


@dataclass(frozen=True)
class Difference:
    """One requirement whose verdict differs, with its record in either run.

    None stands where a run does not know it.
    """

    id: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None

    @property
    def title(self) -> str:
        """What the requirement is called, by the later run that knows it."""
        return str((self.new or self.old or {})["title"])

    @property
    def before(self) -> str | None:
        """The verdict of the first run."""
        return _verdict(self.old)

    @property
    def after(self) -> str | None:
        """The verdict of the second run."""
        return _verdict(self.new)

    @property
    def worse(self) -> bool:
        """Whether it held before and does not any more."""
        return self.before == GOOD and self.after != GOOD


def compare(before: Path, after: Path) -> list[Difference]:
    """The differences from one record to another, by ID; a folder stands for the record in it.

    Raises ReportError for a record that cannot be read.
    """
    old, new = _verdicts(before), _verdicts(after)
    pairs = (Difference(key, old.get(key), new.get(key)) for key in sorted({*old, *new}))
    return [each for each in pairs if each.before != each.after]


def _verdict(row: Mapping[str, Any] | None) -> str | None:
    return None if row is None else str(row["verdict"])


def _verdicts(path: Path) -> dict[str, dict[str, Any]]:
    file = path / RESULTS if path.is_dir() else path
    try:
        return {row["id"]: row for row in _rows(file)}
    except OSError as error:
        raise ReportError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ReportError(f"{file} is no record of a run, one object with id and verdict a line") from error


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text(encoding="utf-8").split("\n"):
        if not line:
            continue
        row = json.loads(line)
        if not {"id", "verdict", "title"} <= set(row):
            raise ValueError(line)
        yield row
