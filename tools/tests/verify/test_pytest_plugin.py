import json
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import pytest

@pytest.mark.requirement("OC-TEST-7013")
def test_holds(): pass

@pytest.mark.requirement("OC-TEST-7013")
@pytest.mark.requirement("OC-TEST-7012", kind="inspection")
def test_does_not_hold(): assert 1 == 2

@pytest.mark.requirement("OC-TEST-7010")
@pytest.mark.skip(reason="not today")
def test_is_skipped(): pass

@pytest.fixture
def broken(): raise RuntimeError("no table")

@pytest.mark.requirement("OC-TEST-7011")
def test_is_not_set_up(broken): pass

@pytest.fixture
def untidy():
    yield
    raise RuntimeError("left over")

@pytest.mark.requirement("OC-TEST-7014")
def test_is_not_cleared_up(untidy): pass

def test_shows_nothing(): pass
"""


def records(pytester: pytest.Pytester, *options: str) -> list[dict[str, Any]]:
    pytester.makeini("[pytest]\nmarkers = requirement(id): shown")
    pytester.makepyfile(test_it=TESTS)
    path = pytester.path / "build" / "checks.jsonl"
    pytester.runpytest_inprocess("-p", "orchqueue.verify.pytest_plugin", "--checks-file", str(path), *options)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_outcomes_are_recorded(pytester: pytest.Pytester) -> None:
    found = {(each["name"].partition("::")[2], each["id"]): each for each in records(pytester)}
    assert {key: (each["kind"], each["status"]) for key, each in found.items()} == {
        ("test_holds", "OC-TEST-7013"): ("unit", "pass"),
        ("test_does_not_hold", "OC-TEST-7013"): ("unit", "fail"),
        ("test_does_not_hold", "OC-TEST-7012"): ("inspection", "fail"),
        ("test_is_skipped", "OC-TEST-7010"): ("unit", "fail"),
        ("test_is_not_set_up", "OC-TEST-7011"): ("unit", "fail"),
        ("test_is_not_cleared_up", "OC-TEST-7014"): ("unit", "fail"),
    }
    assert "not today" in found["test_is_skipped", "OC-TEST-7010"]["detail"]
    assert "assert 1 == 2" in found["test_does_not_hold", "OC-TEST-7013"]["detail"]
    assert "no table" in found["test_is_not_set_up", "OC-TEST-7011"]["detail"]


def test_lines_of_other_tools_stay_and_own_ones_are_replaced(pytester: pytest.Pytester) -> None:
    path = pytester.mkdir("build") / "checks.jsonl"
    other = {"kind": "lint", "id": "OC-TEST-7013", "name": "drift", "status": "pass", "detail": ""}
    path.write_text(json.dumps(other) + "\n" + json.dumps({**other, "by": "pytest", "name": "old"}) + "\n")
    names = [each["name"] for each in records(pytester)]
    assert "drift" in names
    assert "old" not in names


def test_only_checks_run_when_only_they_are_asked_for(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers = requirement(id): shown")
    pytester.makepyfile(test_it=TESTS)
    result = pytester.runpytest_inprocess("-p", "orchqueue.verify.pytest_plugin", "--checks-only")
    result.assert_outcomes(passed=2, failed=1, skipped=1, errors=2, deselected=1)


def test_a_mark_without_an_id_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers = requirement(id): shown")
    pytester.makepyfile("import pytest\n@pytest.mark.requirement()\ndef test_x(): pass")
    options = ("-p", "orchqueue.verify.pytest_plugin", "--checks-file", str(Path("checks.jsonl")))
    result = pytester.runpytest_inprocess(*options)
    result.stderr.fnmatch_lines(["*requirement takes one ID*"])
