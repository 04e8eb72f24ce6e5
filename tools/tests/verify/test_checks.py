from collections.abc import Callable

import pytest

from orchqueue.verify import checks
from orchqueue.verify.evidence import CheckRecord, Outcome, ScenarioRecord
from orchqueue_contract.requirement_ids import Requirement

ID = "OC-CTRL-2011"
Make = Callable[..., ScenarioRecord]


def test_a_scenario_checks_each_requirement_that_it_names(make_scenario: Make) -> None:
    made = checks.of_scenarios([make_scenario("fail", ids=(ID, "ORCH-2007"))])
    assert [(each.kind, each.id, each.outcome) for each in made] == [
        ("behave", ID, Outcome.FAIL),
        ("behave", "ORCH-2007", Outcome.FAIL),
    ]
    assert made[0].name == "features/core/queue.feature:3 a full queue"
    assert made[0].detail == "expected 429, got 202"


def test_records_of_unit_tests_are_checks() -> None:
    made = checks.of_records([CheckRecord("unit", ID, "tests/test_x.py::test_y", Outcome.PASS, "")])
    assert [(each.kind, each.id, each.outcome) for each in made] == [("unit", ID, Outcome.PASS)]


@pytest.mark.parametrize(
    ("status", "ids", "said"),
    [
        ("skipped", (ID,), "was skipped"),
        ("error", (ID,), "could not be run"),
        ("pass", (), "names no requirement"),
        ("pass", ("OC-CTRL-9999",), "OC-CTRL-9999, which no spec has"),
    ],
)
def test_what_could_look_green_unchecked_is_a_problem(
    status: str,
    ids: tuple[str, ...],
    said: str,
    make_scenario: Make,
    make_requirement: Callable[..., Requirement],
) -> None:
    found = checks.problems([make_scenario(status, ids=ids)], {ID: make_requirement()})
    assert len(found) == 1
    assert said in found[0]
    assert found[0].startswith("features/core/queue.feature:3")


def test_an_empty_run_is_a_problem() -> None:
    assert checks.problems([], {}) == ["no scenario ran"]


@pytest.mark.parametrize("status", ["pass", "fail", "not-testable", "flaky"])
def test_a_scenario_that_ran_is_no_problem_of_the_run(
    status: str, make_scenario: Make, make_requirement: Callable[..., Requirement]
) -> None:
    assert checks.problems([make_scenario(status)], {ID: make_requirement()}) == []


@pytest.mark.parametrize(("pinned", "count"), [("ab12", 0), ("ab13", 1)])
def test_a_stale_pin_is_a_problem(
    pinned: str, count: int, make_scenario: Make, make_requirement: Callable[..., Requirement]
) -> None:
    found = checks.problems([make_scenario(pins={ID: pinned})], {ID: make_requirement()})
    assert len(found) == count


def test_only_failures_that_nobody_expects_are_run_again(make_scenario: Make) -> None:
    run = [
        make_scenario("pass", line=1),
        make_scenario("fail", line=2),
        make_scenario("fail", line=3, ids=("OC-CTRL-2012",)),
        make_scenario("fail", line=4, ids=(ID, "OC-CTRL-2012")),
        make_scenario("not-testable", line=5),
    ]
    places = checks.to_rerun(run, {"OC-CTRL-2012": "comes later"})
    assert places == ("features/core/queue.feature:2", "features/core/queue.feature:4")


def test_what_passes_alone_is_flaky_and_what_fails_again_fails(make_scenario: Make) -> None:
    run = [make_scenario("pass", line=1), make_scenario("fail", line=2), make_scenario("fail", line=3)]
    again = [make_scenario("pass", line=2), make_scenario("fail", line=3)]
    merged = checks.rerun(run, again)
    assert [each.status for each in merged] == [Outcome.PASS, Outcome.FLAKY, Outcome.FAIL]
    assert "expected 429, got 202" in merged[1].message
