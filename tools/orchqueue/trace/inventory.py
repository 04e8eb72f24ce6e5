"""The inventory of public behaviours: which unit tests run each, how much of it, and why it has some or none.

Reads the sources, what coverage.py measured, and a table of reasons; gives one page. A behaviour is a
function or method that does something; it is public when no name on the way to it begins with an underscore.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from orchqueue.trace.errors import TraceError

SOURCES = ("tools/orchqueue", "reference_impl/orchestratord")
REASONS = "ci/inventory.yaml"
MEASURED = ".coverage"
OUTPUT = "build/inventory.md"
SHOWN_TESTS = 3

Contexts = Callable[[str], Mapping[int, list[str]]]
_Function = ast.FunctionDef | ast.AsyncFunctionDef

_HEAD = """\
# Public behaviours and their unit tests

{counts}. Written by `make inventory`.

| path | behaviour | why a unit test, or why none | tests | lines run |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A public function or method: `name` within its file, the first sentence of what it says, its lines."""

    path: str
    name: str
    says: str
    lines: frozenset[int]

    @property
    def key(self) -> str:
        """How the table of reasons names it."""
        return f"{self.path}::{self.name}"


@dataclass(frozen=True, slots=True)
class Row:
    """A behaviour, the tests that run it, how many of its lines they run, and the reason that is given."""

    behaviour: Behaviour
    tests: tuple[str, ...]
    run: int
    why: str | None

    @property
    def share(self) -> float:
        """How much of it was run, from 0 to 1."""
        return self.run / len(self.behaviour.lines)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All behaviours, the least covered first, and what keeps the table of reasons from being right."""

    rows: tuple[Row, ...]
    problems: tuple[str, ...]

    @property
    def counts(self) -> str:
        """How many there are, and how much of them is run, in a sentence without its full stop."""
        without = sum(not row.tests for row in self.rows)
        total = sum(len(row.behaviour.lines) for row in self.rows)
        share = 100.0 * sum(row.run for row in self.rows) / max(total, 1)
        return f"{len(self.rows)} behaviours, {without} without a unit test, {share:.1f} % of their lines run"

    def text(self) -> str:
        """The page."""
        return _HEAD.format(counts=self.counts) + "".join(map(_line, self.rows))


def take(root: Path) -> Inventory:
    """Take stock of a tree. Raises TraceError where nothing was measured, or no table of reasons is."""
    contexts = _measured(root / MEASURED)
    why, without = _reasons(root / REASONS)
    rows, used = [], set()
    for behaviour in behaviours(root):
        tests, run = _ran(behaviour, contexts(str(root.resolve() / behaviour.path)))
        found = _reason(why if tests else without, behaviour)
        if found is not None and not tests:
            used.add(found)
        rows.append(Row(behaviour, tests, run, None if found is None else (why if tests else without)[found]))
    # OC-TEST-7014
    problems = [_problem(row) for row in rows if row.why is None]
    problems += [
        f"{REASONS}: {key} is given a reason for having no unit test, and has one or is not there"
        for key in sorted(without.keys() - used)
    ]
    return Inventory(tuple(sorted(rows, key=lambda row: (row.share, row.behaviour.key))), tuple(problems))


def behaviours(root: Path) -> Iterator[Behaviour]:
    """Every public function and method of the sources that does something."""
    for top in SOURCES:
        for path in sorted((root / top).rglob("*.py")):
            for name, node in _public(ast.parse(path.read_text(encoding="utf-8"), str(path))):
                if lines := frozenset(_lines(node)):
                    says = (ast.get_docstring(node) or "").split("\n\n")[0].split(". ")[0]
                    yield Behaviour(path.relative_to(root).as_posix(), name, " ".join(says.split()), lines)


def _public(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, _Function]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(node, f"{prefix}{node.name}.")
        elif isinstance(node, _Function) and not node.name.startswith("_"):
            yield f"{prefix}{node.name}", node


def _lines(function: _Function) -> Iterator[int]:
    """The first line of each statement; none for one that only promises, as an abstract method does."""
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.stmt) and not (
                isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            ):
                yield node.lineno


def _measured(path: Path) -> Contexts:
    try:
        from coverage import CoverageData  # noqa: PLC0415 - of those who develop this alone
    except ImportError as error:
        raise TraceError("coverage is not installed: `pip install 'orchqueue[dev]'`") from error
    data = CoverageData(str(path))
    if path.exists():
        data.read()
    if not data.measured_files():
        raise TraceError(f"nothing was measured ({path} is not there): run `make coverage` first")
    return data.contexts_by_lineno


def _reasons(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        return dict(table["why"]), dict(table["without"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise TraceError(f"{path} is no table of reasons, `why` and `without`: {error!r}") from error


def _ran(behaviour: Behaviour, contexts: Mapping[int, list[str]]) -> tuple[tuple[str, ...], int]:
    """Give the tests that ran a behaviour, and how many of its lines; what ran outside of one is none."""
    by_line = {line: {test for test in contexts.get(line, ()) if test} for line in behaviour.lines}
    tests = {test for ran in by_line.values() for test in ran}
    return tuple(sorted(tests)), sum(bool(ran) for ran in by_line.values())


def _reason(table: Mapping[str, str], behaviour: Behaviour) -> str | None:
    """Give the key of the entry that stands nearest to a behaviour: its own, its file's, its folder's."""
    path = Path(behaviour.path)
    keys = (behaviour.key, *(each.as_posix() for each in (path, *path.parents)))
    return next((key for key in keys if key in table), None)


def _problem(row: Row) -> str:
    lacks = "no unit test runs it" if not row.tests else "it has unit tests"
    return f"{row.behaviour.key}: {lacks}, and {REASONS} does not say why"


def _line(row: Row) -> str:
    more = len(row.tests) - SHOWN_TESTS
    tests = ", ".join(f"`{test}`" for test in row.tests[:SHOWN_TESTS]) + (
        f" and {more} more" if more > 0 else ""
    )
    why = row.why or "**no reason is given**"
    cells = (f"`{row.behaviour.key}`", row.behaviour.says, why, tests or "none", f"{row.share:.0%}")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
