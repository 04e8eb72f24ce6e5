"""The kill matrix: what came of each mutant, as a page of text that is read back.

The page holds no times, so that two runs that find the same write the same. Each row has a digest of the
mutant, of what came of it, and of the scenarios that caught it: a row whose mutant or scenario has changed
since shows nothing any more.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from orchqueue.mutate.errors import MatrixError
from orchqueue.mutate.mutants import Kind, Mutant, demanded
from orchqueue.verify.verdicts import Check

MATRIX_FILE = Path("bdd/KILL-MATRIX.md")

_HEAD = "| mutant | what is done | concerns | outcome | caught by | digest |"
_CELL = re.compile(r"(?<!\\)\|")
_ARROW = " ← "
_SETTING = re.compile(r"^- (?P<name>seed|profiles): (?P<value>.*)$", re.MULTILINE)


class Outcome(StrEnum):
    """What came of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    DEAD = "dead"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Kill:
    """A requirement whose own check failed: the kind of check, and the scenario that it looked at."""

    requirement: str
    check: str
    scenario: str
    found: Check | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Row:
    """One mutant and what came of it. `why` says what kept a scenario from telling."""

    name: str
    kind: Kind
    says: str
    requirements: tuple[str, ...]
    outcome: Outcome
    killed_by: tuple[Kill, ...]
    digest: str
    why: str = field(default="", compare=False)

    def record(self) -> dict[str, Any]:
        """Give it as JSON shows it."""
        kills = [
            {"requirement": kill.requirement, "check": kill.check, "scenario": kill.scenario}
            for kill in self.killed_by
        ]
        return {
            "name": self.name,
            "kind": str(self.kind),
            "requirements": list(self.requirements),
            "outcome": str(self.outcome),
            "killed_by": kills,
        }


@dataclass(frozen=True)
class Matrix:
    """All rows by name, the seed of the operators, and the profiles of the server that was mutated."""

    seed: int
    profiles: tuple[str, ...]
    rows: tuple[Row, ...]

    def caught(self) -> dict[str, list[Row]]:
        """Give the mutants that each requirement's own checks catch."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            for identifier in sorted({kill.requirement for kill in row.killed_by}):
                found.setdefault(identifier, []).append(row)
        return found

    def uncaught(self) -> list[str]:
        """Name the requirements that need a mutant which their checks catch, and have none."""
        return sorted(demanded(self.profiles).keys() - self.caught().keys())

    def of(self, outcome: Outcome) -> list[Row]:
        """Give the rows with an outcome."""
        return [row for row in self.rows if row.outcome is outcome]

    def valid(self, mutants: Iterable[Mutant], scenarios: Mapping[str, str]) -> "Matrix":
        """Keep the rows that still show something: of mutants as they are, caught by scenarios as they are.

        `scenarios` gives the digest of each by its title.
        """
        now = {mutant.name: mutant for mutant in mutants}
        kept = [
            row
            for row in self.rows
            if row.name in now and row.digest == digest(now[row.name], row.outcome, row.killed_by, scenarios)
        ]
        return Matrix(self.seed, self.profiles, tuple(kept))


def row(
    mutant: Mutant, outcome: Outcome, kills: Sequence[Kill], scenarios: Mapping[str, str], why: str = ""
) -> Row:
    """Make the row of a mutant."""
    return Row(
        mutant.name,
        mutant.kind,
        mutant.says,
        tuple(sorted(mutant.requirements)),
        outcome,
        tuple(kills),
        digest(mutant, outcome, kills, scenarios),
        why,
    )


def digest(mutant: Mutant, outcome: Outcome, kills: Sequence[Kill], scenarios: Mapping[str, str]) -> str:
    """Give the digest of what a row rests on."""
    parts = [mutant.name, mutant.digest, ",".join(sorted(mutant.requirements)), str(outcome)]
    # The page keeps them by scenario, so their order is not part of it.
    parts += sorted(f"{each.requirement} {each.check} {each.scenario}" for each in kills)
    parts += [scenarios.get(title, "gone") for title in sorted({each.scenario for each in kills})]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def text(matrix: Matrix) -> str:
    """Write the page."""
    needed, uncaught, caught = demanded(matrix.profiles), matrix.uncaught(), matrix.caught()
    counts = ", ".join(f"{len(matrix.of(outcome))} {outcome}" for outcome in Outcome)
    shown = len(needed) - len(uncaught)
    lines = [
        "# Kill matrix",
        "",
        "Servers that are wrong on purpose, and whose check catches each of them. `make mutants` writes this",
        "page, and `orchqueue mutate --mutant NAME` tries one mutant again and shows what was found.",
        "",
        f"- seed: {matrix.seed}",
        f"- profiles: {' '.join(sorted(matrix.profiles))}",
        "",
        f"{len(matrix.rows)} mutants: {counts}. Of {len(needed)} requirements that need one, {shown} have a",
        "mutant that their own check catches.",
        "",
    ]
    if uncaught:
        lines += ["## Not shown to be checked", ""]
        lines += [f"- {name}: {needed[name].title}" for name in uncaught] + [""]
    lines += ["## Requirements", "", "| requirement | caught mutants | such as |", "| --- | --- | --- |"]
    lines += [
        f"| {name} | {len(rows)} | {', '.join(row.name for row in rows[:3])} |"
        for name, rows in sorted(caught.items())
    ]
    lines += ["", "## Mutants", "", _HEAD, "| --- " * 6 + "|"]
    lines += [_line(each) for each in sorted(matrix.rows, key=lambda row: (row.kind, row.name))]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    by_scenario: dict[str, list[str]] = {}
    for kill in row.killed_by:
        by_scenario.setdefault(kill.scenario, []).append(f"{kill.requirement} {kill.check}")
    kills = "<br>".join(f"{', '.join(whose)}{_ARROW}{title}" for title, whose in by_scenario.items())
    cells = [
        f"{row.kind}: {row.name}" if row.kind is Kind.NAMED else row.name,
        row.says,
        " ".join(row.requirements),
        str(row.outcome),
        kills,
        row.digest,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def read(path: Path) -> Matrix:
    """Read a page back. Raises MatrixError for what is none."""
    try:
        page = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MatrixError(f"{path} cannot be read: {error}; `make mutants` writes it") from error
    settings = {match["name"]: match["value"] for match in _SETTING.finditer(page)}
    _, found, table = page.partition(_HEAD + "\n")
    try:
        rows = tuple(_row(line) for line in table.splitlines()[1:] if line)
        if not found:
            raise ValueError("it has no table of mutants")  # noqa: TRY301 - told below, as the rest
        return Matrix(int(settings["seed"]), tuple(settings["profiles"].split()), rows)
    except (KeyError, ValueError) as error:
        raise MatrixError(f"{path} is no kill matrix: {error}; `make mutants` writes it anew") from error


def _row(line: str) -> Row:
    cells = [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]]
    name, says, requirements, outcome, kills, digest_ = cells
    kind = Kind.NAMED if name.startswith(f"{Kind.NAMED}: ") else Kind.WIRE
    return Row(
        name.removeprefix(f"{Kind.NAMED}: "),
        kind,
        says,
        tuple(requirements.split()),
        Outcome(outcome),
        tuple(_kills(kills)),
        digest_,
    )


def _kills(cell: str) -> Iterable[Kill]:
    for part in cell.split("<br>") if cell else []:
        whose, _, title = part.partition(_ARROW)
        for each in whose.split(", "):
            identifier, check = each.split(" ")
            yield Kill(identifier, check, title)


def by_name(rows: Collection[Row]) -> dict[str, Row]:
    """Give rows by their names."""
    return {row.name: row for row in rows}
