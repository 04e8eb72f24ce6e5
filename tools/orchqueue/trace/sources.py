"""Tests and code: the marks of tests, and the IDs that code cites."""

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from orchqueue.spec import Finding, Place
from orchqueue.spec.ids import ID
from orchqueue.trace.citation import Citation

TESTS = ("tools/tests", "reference_impl/tests", "bdd/tests")
CODE = (
    "tools/orchqueue",
    "bdd/orchqueue_bdd",
    "reference_impl/orchestratord",
    "reference_impl/mutants",
    "ci/scripts",
)

CHECKS = ("tools/orchqueue/", "ci/scripts/")

_SUFFIXES = frozenset({".py", ".c", ".h", ".sh", ""})
_MARK = "requirement"


def read_tests(root: Path) -> tuple[list[Citation], list[Finding]]:
    """The marks `@pytest.mark.requirement("ID")` of tests under `root`, and tests that cannot be parsed."""
    citations: list[Citation] = []
    findings: list[Finding] = []
    for file, text in _texts(root, TESTS):
        if file.endswith(".py") and f"mark.{_MARK}" in text:
            try:
                citations += marks(file, text)
            except SyntaxError as error:
                findings.append(Finding(file, error.lineno or 1, f"not Python: {error.msg}", "test"))
    return citations, findings


def marks(file: str, text: str) -> Iterator[Citation]:
    """The marks in one file. A class's mark holds for its tests, `pytestmark` for those of the file."""
    tree = ast.parse(text)
    yield from _marked(file, tree.body, list(_assigned(tree.body)), "")


def read_code(root: Path) -> list[Citation]:
    """Every ID in the code under `root`: in a comment, or as a literal that a check is filed under."""
    return [citation for file, text in _texts(root, CODE) for citation in citations_in(file, text)]


def citations_in(file: str, text: str) -> Iterator[Citation]:
    """The IDs in one text of code, each with its line."""
    if "ORCH-" not in text and "OC-" not in text:
        return
    for match in ID.finditer(text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        if before.isalnum() or (before in ("-", "_") and before) or after.isalnum():
            continue
        place = Place(file, text.count("\n", 0, match.start()) + 1)
        filed = before in ('"', "'") and after == before and file.startswith(CHECKS)
        yield Citation(match.group(), place, "literal" if filed else "code")


def _texts(root: Path, folders: Iterable[str]) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for directory, below, names in os.walk(root / folder):
            below[:] = sorted(name for name in below if not name.startswith((".", "__")))
            for name in sorted(names):
                path = Path(directory, name)
                if path.suffix in _SUFFIXES:
                    yield (
                        path.relative_to(root).as_posix(),
                        path.read_text(encoding="utf-8", errors="replace"),
                    )


def _marked(
    file: str, body: Iterable[ast.stmt], inherited: list[ast.expr], prefix: str
) -> Iterator[Citation]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            own = [*inherited, *node.decorator_list, *_assigned(node.body)]
            yield from _marked(file, node.body, own, f"{prefix}{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            for mark in [*inherited, *node.decorator_list]:
                yield from _ids_of(mark, file, f"{prefix}{node.name}", node.lineno)


def _assigned(body: Iterable[ast.stmt]) -> Iterator[ast.expr]:
    for node in body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets
        ):
            yield from node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]


def _ids_of(mark: ast.expr, file: str, name: str, line: int) -> Iterator[Citation]:
    """The ID of `pytest.mark.requirement("ID")`, or of each such mark inside a `pytest.param`."""
    for call in ast.walk(mark):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == _MARK:
            kinds = [word.value for word in call.keywords if word.arg == "kind"]
            check = str(kinds[0].value) if kinds and isinstance(kinds[0], ast.Constant) else "unit"
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield Citation(argument.value, Place(file, line), "test", name, check)
