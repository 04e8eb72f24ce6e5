from collections.abc import Callable

import pytest

from orchqueue.verify.evidence import Outcome
from orchqueue.verify.summary_text import WIDTH, family, text
from orchqueue.verify.verdicts import Check, Circumstances, Summary, judge, summarise
from orchqueue_contract.requirement_ids import Requirement

CIRCUMSTANCES = Circumstances(claims=frozenset({"core"}), bundled=True)


@pytest.fixture
def summary(make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]) -> Summary:
    requirements = {
        "OC-CTRL-2011": make_requirement("OC-CTRL-2011"),
        "OC-CTRL-2012": make_requirement("OC-CTRL-2012"),
        "OC-CTRL-2015": make_requirement("OC-CTRL-2015", level="SHOULD"),
        "OC-POLICY-SDK-4101": make_requirement("OC-POLICY-SDK-4101", profile="policy"),
    }
    long = "expected 429, got\x1b[31m 202 " + "and much more was said about it " * 20
    checks = [
        make_check(identifier="OC-CTRL-2011"),
        make_check(outcome="fail", identifier="OC-CTRL-2012", detail=long),
        make_check(outcome="fail", identifier="OC-CTRL-2015"),
    ]
    judgements = judge(requirements, checks, {}, CIRCUMSTANCES)
    return summarise(requirements, judgements, ["no scenario ran"], ["sessions"], CIRCUMSTANCES)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [("ORCH-2001", "ORCH"), ("OC-CTRL-2011", "OC-CTRL"), ("OC-POLICY-SDK-4101", "OC-POLICY-SDK")],
)
def test_family(identifier: str, expected: str) -> None:
    assert family(identifier) == expected


def test_the_summary_fits_80_columns_and_steers_no_terminal(summary: Summary) -> None:
    written = text(summary, "orchqueue verify")
    assert max(len(line) for line in written.split("\n")) <= WIDTH
    assert all(char.isprintable() or char == "\n" for char in written)


def test_it_counts_by_family_and_says_how_to_repeat_a_failure(summary: Summary) -> None:
    lines = text(summary, "orchqueue verify --url http://a").split("\n")
    rows = {line.split()[0]: line.split()[1:] for line in lines[:4]}
    assert rows["OC-CTRL"] == ["1", "2", ".", ".", ".", ".", ".", ".", "3"]
    assert rows["OC-POLICY-SDK"] == [".", ".", ".", ".", ".", "1", ".", ".", "1"]
    assert rows["all"] == ["1", "2", ".", ".", ".", "1", ".", ".", "4"]
    at = lines.index("FAIL OC-CTRL-2012 A full queue says when to come back")
    assert lines[at + 1].startswith("    behave: a behave check: expected 429, got")
    assert "    orchqueue verify --url http://a --requirement OC-CTRL-2012" in lines[at + 1 : at + 6]
    assert "fail OC-CTRL-2015 (SHOULD)" in lines
    assert "under-claimed sessions: it is served, but not claimed" in lines
    assert lines[-1] == "4 requirements judged, 1 pass; 2 against the target"


def test_a_stale_entry_of_the_baseline_is_told(
    make_requirement: Callable[..., Requirement], make_check: Callable[..., Check]
) -> None:
    requirements = {"OC-CTRL-2011": make_requirement()}
    judgements = judge(requirements, [make_check()], {"OC-CTRL-2011": "later"}, CIRCUMSTANCES)
    assert judgements[0].checks[0].outcome is Outcome.PASS
    assert "STALE OC-CTRL-2011" in text(
        summarise(requirements, judgements, [], [], CIRCUMSTANCES), "orchqueue verify"
    )
