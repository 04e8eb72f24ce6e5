"""The pytest plugin that records what tests marked `requirement("ID")` show, in `build/checks.jsonl`.

`--checks-file PATH` writes the records; lines that other tools wrote there stay. `--checks-only` runs those
tests alone by which a requirement is judged. A marker may name another kind than `unit`:
`requirement("ID", kind="inspection")`. A test that is skipped, or that fails in its set-up or clearing up,
has shown nothing and is recorded as failed. Where pytest-xdist spreads the tests, its workers know the marks
and its controller the outcomes; the controller writes.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchqueue_contract.requirement_ids import REQUIREMENTS

MARK = "requirement"
WRITER = "pytest"
KINDS = ("unit", "lint", "inspection")
WORKER_MARKS = "orchqueue_requirement_marks"

# For each test's node id, the ID and kind of each of its marks.
Marks = dict[str, list[tuple[str, str]]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this plugin."""
    group = parser.getgroup("orchqueue")
    group.addoption("--checks-file", type=Path, help="record what marked tests show about requirements here")
    group.addoption(
        "--checks-only", action="store_true", help="run only tests by which a requirement is judged"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take up recording when it was asked for."""
    path = config.getoption("--checks-file")
    if path is None:
        return
    told = getattr(config, "workeroutput", None)
    if told is None:
        config.pluginmanager.register(_Recording(Path(path)), "orchqueue-checks")
    else:
        config.pluginmanager.register(_Telling(told), "orchqueue-checks")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what no verdict is made of, when only checks were asked for: tests without a mark, and those
    of requirements that are judged in other ways.
    """
    if not config.getoption("--checks-only"):
        return
    kept = [item for item in items if any(_judges(mark) for mark in item.iter_markers(MARK))]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose mark names nothing that could be recorded."""
    for mark in item.iter_markers(MARK):
        if not _sound(mark):
            pytest.fail(f"requirement takes one ID, and a kind of {', '.join(KINDS)}, not {mark}")


class _Telling:
    """Tells the controller, from one of its workers, which tests are marked. All workers collect alike."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._told[WORKER_MARKS] = _marks(session)


class _Recording:
    """Collects the outcomes of one session, and writes them at its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._marks: Marks = {}
        self._failed: dict[str, str] = {}
        self._passed: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._marks = _marks(session)

    # xdist's own hook and type, which whoever installs the kit need not have.
    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        told = getattr(node, "workeroutput", {})  # a worker that crashed has left none
        self._marks.update(told.get(WORKER_MARKS, {}))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
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


def _marks(session: pytest.Session) -> Marks:
    marks = {
        item.nodeid: [_told(mark) for mark in item.iter_markers(MARK) if _sound(mark)]
        for item in session.items
    }
    return {name: found for name, found in marks.items() if found}


def _told(mark: pytest.Mark) -> tuple[str, str]:
    return str(mark.args[0]), mark.kwargs.get("kind", "unit")


def _judges(mark: pytest.Mark) -> bool:
    """Whether a verdict is made of a mark. One that cannot be recorded is kept, so that it fails."""
    if not _sound(mark):
        return True
    identifier, kind = _told(mark)
    known = REQUIREMENTS.get(identifier)
    return known is None or kind in known.checked_by


def _sound(mark: pytest.Mark) -> bool:
    return len(mark.args) == 1 and mark.kwargs.get("kind", "unit") in KINDS


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
