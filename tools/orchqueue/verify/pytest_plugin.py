"""The pytest plugin that records what tests marked `requirement("ID")` show, in `build/checks.jsonl`.

`--checks-file PATH` writes the records; lines that other tools wrote there stay. `--checks-only` runs the
marked tests alone. A marker may name another kind than `unit`: `requirement("ID", kind="inspection")`. A
test that is skipped, or that fails in its set-up or clearing up, has shown nothing and is recorded as
failed.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MARK = "requirement"
WRITER = "pytest"
KINDS = ("unit", "lint", "inspection")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this plugin."""
    group = parser.getgroup("orchqueue")
    group.addoption("--checks-file", type=Path, help="record what marked tests show about requirements here")
    group.addoption(
        "--checks-only", action="store_true", help="run only tests that are marked with a requirement"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take up recording when it was asked for."""
    path = config.getoption("--checks-file")
    if path is not None:
        config.pluginmanager.register(_Recording(Path(path)), "orchqueue-checks")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what shows nothing about a requirement, when only checks were asked for."""
    if not config.getoption("--checks-only"):
        return
    kept = [item for item in items if item.get_closest_marker(MARK)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


class _Recording:
    """Collects the outcomes of one session, and writes them at its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._marks: dict[str, list[tuple[str, str]]] = {}
        self._failed: dict[str, str] = {}
        self._passed: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        marks = {item.nodeid: [_marked(mark) for mark in item.iter_markers(MARK)] for item in session.items}
        self._marks = {name: found for name, found in marks.items() if found}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid not in self._marks:
            return
        if report.skipped:
            self._failed[report.nodeid] = f"skipped: {_reason(report)}"
        elif report.failed:
            self._failed[report.nodeid] = f"{report.when}: {_reason(report)}"
        elif report.when == "call":
            self._passed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = [*_others(self._path), *(json.dumps(record) for record in self._records())]
        temporary = self._path.with_name(f"{self._path.name}.new")
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        temporary.replace(self._path)

    def _records(self) -> Iterator[dict[str, Any]]:
        for name, marks in sorted(self._marks.items()):
            passed = name in self._passed and name not in self._failed
            detail = "" if passed else self._failed.get(name, "did not run")
            for identifier, kind in marks:
                status = "pass" if passed else "fail"
                yield {
                    "kind": kind,
                    "id": identifier,
                    "name": name,
                    "status": status,
                    "detail": detail,
                    "by": WRITER,
                }


def _marked(mark: pytest.Mark) -> tuple[str, str]:
    kind = mark.kwargs.get("kind", "unit")
    if len(mark.args) != 1 or kind not in KINDS:
        raise pytest.UsageError(f"requirement takes one ID, and a kind of {', '.join(KINDS)}, not {mark}")
    return str(mark.args[0]), kind


def _reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message).partition("\n")[0] if crash else ""


def _others(path: Path) -> list[str]:
    """Keep what other tools have recorded in the file."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and json.loads(line).get("by") != WRITER]
