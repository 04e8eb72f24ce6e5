from collections.abc import Callable, Mapping
from typing import Any

import pytest

from orchqueue.verify.errors import VerifyError
from orchqueue.verify.verdicts import Check, Circumstances, Judgement, Verdict, judge, summarise
from orchqueue_contract.requirement_ids import Requirement

BUNDLED = Circumstances(claims=frozenset({"core", "pools"}), bundled=True)
FOREIGN = Circumstances(claims=frozenset({"core"}), bundled=False)
ID = "OC-CTRL-2011"

# requirement's changes, outcomes of its checks by kind, circumstances, verdict
CASES: dict[str, tuple[dict[str, Any], list[tuple[str, str]], Circumstances, Verdict]] = {
    "its one check passed": ({}, [("behave", "pass")], BUNDLED, Verdict.PASS),
    "one of two scenarios failed": ({}, [("behave", "pass"), ("behave", "fail")], BUNDLED, Verdict.FAIL),
    "every kind passed": (
        {"checked_by": ("behave", "provider")},
        [("behave", "pass"), ("provider", "pass")],
        BUNDLED,
        Verdict.PASS,
    ),
    "one kind did not run": (
        {"checked_by": ("behave", "provider")},
        [("behave", "pass")],
        BUNDLED,
        Verdict.FAIL,
    ),
    "one kind failed": (
        {"checked_by": ("behave", "provider")},
        [("behave", "pass"), ("provider", "fail")],
        BUNDLED,
        Verdict.FAIL,
    ),
    "claimed but unchecked": ({}, [], BUNDLED, Verdict.FAIL),
    "claimed and checked by nothing": ({"checked_by": ()}, [], BUNDLED, Verdict.FAIL),
    "a check of a kind that was not asked for": ({}, [("unit", "pass")], BUNDLED, Verdict.FAIL),
    "the state was not reached": ({}, [("behave", "not-testable")], BUNDLED, Verdict.NOT_TESTABLE),
    "a failure weighs more than a state not reached": (
        {},
        [("behave", "not-testable"), ("behave", "fail")],
        BUNDLED,
        Verdict.FAIL,
    ),
    "the state was not reached, so another kind had nothing to look at": (
        {"checked_by": ("behave", "provider")},
        [("behave", "not-testable")],
        FOREIGN,
        Verdict.NOT_TESTABLE,
    ),
    "the state was reached in part, but another kind had nothing to look at": (
        {"checked_by": ("behave", "provider")},
        [("behave", "not-testable"), ("behave", "pass")],
        FOREIGN,
        Verdict.FAIL,
    ),
    "skipped is not green": ({}, [("behave", "skipped")], BUNDLED, Verdict.FAIL),
    "an error is not green": ({}, [("behave", "error")], BUNDLED, Verdict.FAIL),
    "passed only alone": ({}, [("behave", "flaky")], BUNDLED, Verdict.FLAKY),
    "passed only alone, another failed": (
        {},
        [("behave", "flaky"), ("behave", "fail")],
        BUNDLED,
        Verdict.FAIL,
    ),
    "no record of a unit test": ({"checked_by": ("unit",)}, [], BUNDLED, Verdict.NOT_TESTABLE),
    "a unit test passed": ({"checked_by": ("unit",)}, [("unit", "pass")], BUNDLED, Verdict.PASS),
    "a unit test failed": ({"checked_by": ("unit",)}, [("unit", "fail")], BUNDLED, Verdict.FAIL),
    "the profile is not claimed": ({"profile": "policy"}, [("behave", "pass")], BUNDLED, Verdict.NOT_CLAIMED),
    "the profile is claimed": ({"profile": "pools"}, [("behave", "pass")], BUNDLED, Verdict.PASS),
    "core is judged though nothing is claimed": (
        {},
        [("behave", "fail")],
        Circumstances(claims=frozenset(), bundled=False),
        Verdict.FAIL,
    ),
    "about the project, on another target": (
        {"subject": "project", "checked_by": ("unit",)},
        [("unit", "pass")],
        FOREIGN,
        Verdict.PROJECT,
    ),
    "about the project, bundled": (
        {"subject": "project", "checked_by": ("unit",)},
        [("unit", "pass")],
        BUNDLED,
        Verdict.PASS,
    ),
    "only unit tests can tell, on another target": ({"checked_by": ("unit",)}, [], FOREIGN, Verdict.PROJECT),
    "our unit tests say nothing of another target": (
        {"checked_by": ("behave", "unit")},
        [("behave", "pass"), ("unit", "fail")],
        FOREIGN,
        Verdict.PASS,
    ),
    "excluded": ({"excluded": "cannot be observed"}, [("behave", "fail")], BUNDLED, Verdict.EXCLUDED),
    "withdrawn": ({"withdrawn": "see OC-CTRL-2060"}, [], BUNDLED, Verdict.EXCLUDED),
    "excluded comes before not claimed": (
        {"excluded": "cannot be observed", "profile": "policy"},
        [],
        BUNDLED,
        Verdict.EXCLUDED,
    ),
    "a partial run asks for no kind that it left out": (
        {"checked_by": ("behave", "provider", "unit")},
        [("behave", "pass")],
        Circumstances(claims=frozenset({"core"}), bundled=True, partial=True),
        Verdict.PASS,
    ),
    "a partial run that checked nothing of it": (
        {},
        [],
        Circumstances(claims=frozenset({"core"}), bundled=True, partial=True),
        Verdict.FAIL,
    ),
}


@pytest.fixture
def judged(
    make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]
) -> Callable[..., Judgement]:
    def judged(
        changes: dict[str, Any],
        outcomes: list[tuple[str, str]],
        circumstances: Circumstances,
        baseline: Mapping[str, str] | None = None,
    ) -> Judgement:
        made = [make_check(kind, outcome) for kind, outcome in outcomes]
        return judge({ID: make_requirement(ID, **changes)}, made, baseline or {}, circumstances)[0]

    return judged


@pytest.mark.requirement("OC-TEST-7011")
@pytest.mark.parametrize("case", CASES)
def test_verdict(case: str, judged: Callable[..., Judgement]) -> None:
    changes, outcomes, circumstances, verdict = CASES[case]
    judgement = judged(changes, outcomes, circumstances)
    assert judgement.verdict is verdict
    assert judgement.reason


@pytest.mark.parametrize(
    ("outcome", "verdict", "stale"),
    [
        ("fail", Verdict.EXPECTED_FAIL, False),
        ("not-testable", Verdict.EXPECTED_FAIL, False),
        ("flaky", Verdict.EXPECTED_FAIL, False),
        ("skipped", Verdict.EXPECTED_FAIL, False),
        ("pass", Verdict.PASS, True),
    ],
)
def test_baseline(outcome: str, verdict: Verdict, stale: bool, judged: Callable[..., Judgement]) -> None:
    judgement = judged({}, [("behave", outcome)], BUNDLED, {ID: "comes later"})
    assert (judgement.verdict, judgement.stale) == (verdict, stale)
    assert "comes later" in judgement.reason


def test_a_baseline_does_not_touch_what_is_not_judged(judged: Callable[..., Judgement]) -> None:
    judgement = judged({"profile": "policy"}, [], BUNDLED, {ID: "comes later"})
    assert (judgement.verdict, judgement.stale) == (Verdict.NOT_CLAIMED, False)


def test_the_reason_names_the_check_that_failed(
    make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]
) -> None:
    made = [make_check("behave", "pass"), make_check("provider", "fail", detail="a 204 has a body")]
    requirements = {ID: make_requirement(checked_by=("behave", "provider"))}
    judgement = judge(requirements, made, {}, BUNDLED)[0]
    assert judgement.reason == "provider: a provider check: a 204 has a body"


EXIT_CODES: dict[str, tuple[dict[str, Any], str, dict[str, Any], int]] = {
    "a MUST that passes": ({}, "pass", {}, 0),
    "a MUST that fails": ({}, "fail", {}, 1),
    "a SHOULD that fails": ({"level": "SHOULD"}, "fail", {}, 0),
    "a MAY that fails": ({"level": "MAY"}, "fail", {}, 0),
    "a MUST that could not be tested": ({}, "not-testable", {}, 1),
    "a MUST that could not be tested, leniently": ({}, "not-testable", {"lenient": True}, 0),
    "a MUST that was skipped": ({}, "skipped", {}, 1),
    "a MUST that is flaky": ({}, "flaky", {}, 0),
    "a MUST that is flaky, in CI": ({}, "flaky", {"strict_flaky": True}, 1),
    "a MUST of an unclaimed profile": ({"profile": "policy"}, "fail", {}, 0),
}


@pytest.mark.parametrize("case", EXIT_CODES)
def test_exit_code(
    case: str, make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]
) -> None:
    changes, outcome, strictness, expected = EXIT_CODES[case]
    circumstances = Circumstances(claims=frozenset({"core"}), bundled=True, **strictness)
    requirements = {ID: make_requirement(**changes)}
    judgements = judge(requirements, [make_check("behave", outcome)], {}, circumstances)
    assert summarise(requirements, judgements, [], [], circumstances).exit_code == expected


def test_a_stale_baseline_turns_the_exit_code_even_for_a_may(
    make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]
) -> None:
    requirements = {ID: make_requirement(level="MAY")}
    judgements = judge(requirements, [make_check()], {ID: "comes later"}, BUNDLED)
    assert summarise(requirements, judgements, [], [], FOREIGN).exit_code == 1


def test_a_problem_of_the_run_turns_the_exit_code(
    make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]
) -> None:
    requirements = {ID: make_requirement()}
    judgements = judge(requirements, [make_check()], {}, FOREIGN)
    assert summarise(requirements, judgements, ["no scenario ran"], [], FOREIGN).exit_code == 1


@pytest.mark.parametrize(("outcome", "over"), [("fail", ("pools",)), ("pass", ()), ("not-testable", ())])
def test_a_claimed_profile_of_which_nothing_holds_is_over_claimed(
    outcome: str,
    over: tuple[str, ...],
    make_requirement: Callable[..., Requirement],
    make_check: Callable[..., Check],
) -> None:
    requirements = {ID: make_requirement(level="SHOULD", profile="pools")}
    judgements = judge(requirements, [make_check("behave", outcome)], {}, BUNDLED)
    summary = summarise(requirements, judgements, [], [], BUNDLED)
    assert summary.over_claimed == over
    assert summary.exit_code == (1 if over else 0)


def test_a_claim_that_no_requirement_knows_is_over_claimed(
    make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]
) -> None:
    circumstances = Circumstances(claims=frozenset({"core", "telepathy"}), bundled=False)
    requirements = {ID: make_requirement()}
    summary = summarise(
        requirements, judge(requirements, [make_check()], {}, circumstances), [], [], circumstances
    )
    assert summary.over_claimed == ("telepathy",)


def test_a_run_for_single_requirements_says_nothing_of_whole_profiles(
    make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]
) -> None:
    circumstances = Circumstances(claims=frozenset({"core", "pools"}), bundled=False, selected=True)
    requirements = {ID: make_requirement()}
    judgements = judge(requirements, [make_check()], {}, circumstances)
    summary = summarise(requirements, judgements, [], [], circumstances)
    assert (summary.over_claimed, summary.exit_code) == ((), 0)


def test_being_under_claimed_is_told_and_forgiven(
    make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]
) -> None:
    requirements = {ID: make_requirement()}
    summary = summarise(
        requirements, judge(requirements, [make_check()], {}, FOREIGN), [], ["sessions"], FOREIGN
    )
    assert (summary.under_claimed, summary.exit_code) == (("sessions",), 0)


@pytest.mark.requirement("OC-TEST-7011")
@pytest.mark.parametrize("times", [0, 2])
def test_verdicts_that_do_not_add_up_are_no_result(
    times: int, make_requirement: Callable[..., Requirement]
) -> None:
    requirements = {ID: make_requirement()}
    judgement = Judgement(requirements[ID], Verdict.PASS, "")
    with pytest.raises(VerifyError, match=ID) as raised:
        summarise(requirements, [judgement] * times, [], [], FOREIGN)
    assert raised.value.exit_code == 2
