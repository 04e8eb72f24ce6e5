import json
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


@pytest.fixture(autouse=True)
def no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run that is started would load all those that are installed, which takes seconds."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def records(pytester: pytest.Pytester, *options: str) -> list[dict[str, Any]]:
    pytester.makeini("[pytest]\nmarkers = requirement(id): shown")
    pytester.makepyfile(test_it=TESTS)
    path = pytester.path / "build" / "checks.jsonl"
    pytester.runpytest_inprocess("-p", "orchqueue.verify.pytest_plugin", "--checks-file", str(path), *options)
    return [json.loads(line) for line in path.read_text().splitlines()]


SPREAD = ("-p", "xdist", "-n", "2", "--dist", "worksteal")


@pytest.mark.parametrize("options", [(), SPREAD], ids=["in one process", "spread over workers"])
def test_outcomes_are_recorded(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    found = {(each["name"].partition("::")[2], each["id"]): each for each in records(pytester, *options)}
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


def test_a_test_that_takes_its_worker_down_has_failed(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers = requirement(id): shown")
    pytester.makepyfile("""
        import os, pytest

        @pytest.mark.requirement("OC-TEST-7013")
        def test_ends_its_worker(): os._exit(3)

        @pytest.mark.requirement("OC-TEST-7012")
        def test_holds(): pass
    """)
    options = ("-p", "orchqueue.verify.pytest_plugin", "--checks-file", "checks.jsonl", *SPREAD)
    pytester.runpytest_inprocess(*options)
    found = [json.loads(line) for line in (pytester.path / "checks.jsonl").read_text().splitlines()]
    assert {each["id"]: each["status"] for each in found} == {"OC-TEST-7013": "fail", "OC-TEST-7012": "pass"}


def test_lines_of_other_tools_stay_and_own_ones_are_replaced(pytester: pytest.Pytester) -> None:
    path = pytester.mkdir("build") / "checks.jsonl"
    other = {"kind": "lint", "id": "OC-TEST-7013", "name": "drift", "status": "pass", "detail": ""}
    path.write_text(json.dumps(other) + "\n" + json.dumps({**other, "by": "pytest", "name": "old"}) + "\n")
    names = [each["name"] for each in records(pytester)]
    assert "drift" in names
    assert "old" not in names


@pytest.mark.parametrize(
    ("marks", "runs"),
    [
        ([], False),
        (['"OC-CTRL-2042"'], True),  # checked by unit
        (['"OC-ADAPT-5060"'], False),  # checked by behave
        (['"OC-ADAPT-5060"', '"OC-CTRL-2042"'], True),
        (['"OC-TEST-7012"'], False),
        (['"OC-TEST-7012", kind="inspection"'], True),
        (['"OC-NOWHERE-1"'], True),
    ],
)
def test_only_that_runs_of_which_a_verdict_is_made_when_only_checks_are_asked_for(
    pytester: pytest.Pytester, marks: list[str], runs: bool
) -> None:
    pytester.makeini("[pytest]\nmarkers = requirement(id): shown")
    marked = "".join(f"@pytest.mark.requirement({mark})\n" for mark in marks)
    pytester.makepyfile(f"import pytest\n{marked}def test_it(): pass")
    result = pytester.runpytest_inprocess("-p", "orchqueue.verify.pytest_plugin", "--checks-only")
    result.assert_outcomes(passed=int(runs), deselected=int(not runs))


def test_a_test_whose_mark_has_no_id_fails(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers = requirement(id): shown")
    pytester.makepyfile("import pytest\n@pytest.mark.requirement()\ndef test_x(): pass")
    path = pytester.path / "checks.jsonl"
    result = pytester.runpytest_inprocess("-p", "orchqueue.verify.pytest_plugin", "--checks-file", str(path))
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*requirement takes one ID*"])
    assert path.read_text() == ""
