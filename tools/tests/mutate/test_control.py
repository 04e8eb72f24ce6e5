"""The control: what it does not survive has caught nothing; when it survives nothing, nothing was shown."""

from collections.abc import Sequence

import pytest

from orchqueue.mutate import matrix as page
from orchqueue.mutate.control import TRIES, Control
from orchqueue.mutate.errors import MutateError
from orchqueue.mutate.matrix import Kill, Outcome, Row
from orchqueue.mutate.workplace import Case

from .conftest import make_case, make_mutant

CASES = [make_case("right"), make_case("wrong"), make_case("idle")]
RIGHT, WRONG, _ = (case.title for case in CASES)


def caught_by(*titles: str) -> Row:
    kills = [Kill("OC-CTRL-2011", "behave", title) for title in titles]
    return page.row(make_mutant(), Outcome.KILLED, kills, {})


class Runs:
    """Runs scenarios, of which some fail as often as is said, and notes which."""

    def __init__(self, **often: int) -> None:
        self._often = often
        self.ran: list[str] = []

    def __call__(self, cases: Sequence[Case]) -> list[str]:
        self.ran += [case.name for case in cases]
        return [self._one(case.name) for case in cases]

    def _one(self, name: str) -> str:
        left = self._often.get(name, 0)
        self._often[name] = left - 1
        return "it hangs" if left > 0 else ""


def test_what_caught_a_mutant_is_run_with_nothing_wrong_and_nothing_else_is() -> None:
    runs = Runs()
    assert Control().failing(CASES, [caught_by(RIGHT), caught_by(WRONG)], runs) == {}
    assert runs.ran == ["right", "wrong"]


def test_what_fails_with_nothing_wrong_is_named() -> None:
    found = Control().failing(CASES, [caught_by(RIGHT), caught_by(WRONG)], Runs(wrong=TRIES))
    assert found == {WRONG: "it hangs"}


def test_what_fails_once_is_tried_again() -> None:
    assert Control().failing(CASES, [caught_by(WRONG)], Runs(wrong=TRIES - 1)) == {}


def test_what_was_survived_is_not_run_again() -> None:
    control, runs = Control(), Runs()
    control.failing(CASES, [caught_by(RIGHT)], runs)
    assert control.failing(CASES, [caught_by(RIGHT, WRONG)], runs) == {}
    assert runs.ran == ["right", "wrong"]


@pytest.mark.parametrize("often", [{"wrong": TRIES}, {"wrong": TRIES, "right": TRIES}])
def test_a_campaign_whose_control_survives_nothing_is_void(often: dict[str, int]) -> None:
    rows = [caught_by({"right": RIGHT, "wrong": WRONG}[name]) for name in often]
    with pytest.raises(MutateError, match=r"void.*it hangs"):
        Control().failing(CASES, rows, Runs(**often))


def test_one_that_has_survived_something_goes_on() -> None:
    control = Control()
    control.failing(CASES, [caught_by(RIGHT)], Runs())
    assert control.failing(CASES, [caught_by(WRONG)], Runs(wrong=TRIES)) == {WRONG: "it hangs"}


def test_where_nothing_was_caught_there_is_nothing_to_survive() -> None:
    assert Control().failing(CASES, [page.row(make_mutant(), Outcome.SURVIVED, [], {})], Runs()) == {}
