"""A mutant on trial: what is run against it, and what is said of it in the end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchqueue.mutate import matrix as page
from orchqueue.mutate.judging import Judged
from orchqueue.mutate.matrix import Kill, Outcome, Row
from orchqueue.mutate.mutants import Kind, Mutant
from orchqueue.mutate.trial import Knowledge, attempt, doubted
from orchqueue.mutate.workplace import Case
from orchqueue.verify.evidence import Outcome as Came
from orchqueue.verify.verdicts import Check

from .conftest import make_case, make_mutant


class Place:
    """A workplace that runs nothing, and notes what it was asked for."""

    home = Path()

    def __init__(self, *, met: bool = True) -> None:
        self.switch = SimpleNamespace(met=met)
        self.ran: list[str] = []

    @contextmanager
    def trying(self, _mutant: Mutant) -> Iterator[None]:
        yield

    def run(self, case: Case, _mutant: Mutant) -> Path:
        self.ran.append(case.name)
        return Path(case.name)


class Told:
    """A judge that says what it was told to say of a scenario by its name."""

    def __init__(
        self, failed: Mapping[str, tuple[str, ...]], unmade: Mapping[str, str] | None = None
    ) -> None:
        self._failed, self._unmade = failed, unmade or {}

    def look(self, records: Path, _home: Path) -> Judged:
        name = records.name
        checks = [Check("behave", each, name, Came.FAIL) for each in self._failed.get(name, ())]
        return Judged(tuple(checks), self._unmade.get(name, ""))


CASES = [
    make_case("queues", "OC-CTRL-2011", server="queues"),
    make_case("plain", "OC-CTRL-2011"),
    make_case("other", "OC-CTRL-2012"),
]


def trial(mutant: Mutant, judge: Told, place: Place, before: Mapping[str, Row] | None = None) -> Row:
    knowledge = Knowledge(CASES, before or {})
    return attempt(place, mutant, knowledge, judge)  # type: ignore[arg-type]  # what it uses of them is there


def test_only_what_speaks_of_its_requirements_is_run_until_one_catches_it() -> None:
    place = Place()
    row = trial(make_mutant(), Told({"plain": ("OC-CTRL-2011",)}), place)
    assert place.ran == ["plain"]
    assert (row.outcome, row.killed_by) == (
        Outcome.KILLED,
        (Kill("OC-CTRL-2011", "behave", "features/queue/full.feature: plain"),),
    )


def test_what_caught_it_before_is_run_first() -> None:
    kill = Kill("OC-CTRL-2011", "behave", "features/queue/full.feature: queues")
    before = {"field:a.b": page.row(make_mutant(), Outcome.KILLED, [kill], {})}
    place = Place()
    trial(make_mutant(), Told({"queues": ("OC-CTRL-2011",)}), place, before)
    assert place.ran == ["queues"]


def test_a_failure_of_another_requirements_check_is_no_kill() -> None:
    row = trial(make_mutant(), Told({"plain": ("OC-CTRL-2052",), "queues": ("OC-CTRL-2052",)}), Place())
    assert (row.outcome, row.killed_by) == (Outcome.SURVIVED, ())


def test_what_was_not_met_with_is_dead_whatever_failed() -> None:
    row = trial(make_mutant(), Told({"plain": ("OC-CTRL-2011",)}), Place(met=False))
    assert (row.outcome, row.killed_by) == (Outcome.DEAD, ())


def test_what_could_not_be_run_says_nothing() -> None:
    row = trial(make_mutant(), Told({}, {"plain": "no such server"}), Place())
    assert (row.outcome, row.why) == (Outcome.INCONCLUSIVE, "no such server")


@pytest.mark.parametrize(
    ("failed", "outcome"),
    [
        ({"plain": ("OC-CTRL-2011",), "other": ("OC-CTRL-2012",)}, Outcome.KILLED),
        ({"plain": ("OC-CTRL-2011",)}, Outcome.SURVIVED),
    ],
)
def test_each_requirement_of_a_named_mutant_has_to_catch_it(failed: Any, outcome: Outcome) -> None:
    mutant = make_mutant("late-token", "OC-CTRL-2011", "OC-CTRL-2012", kind=Kind.NAMED)
    assert trial(mutant, Told(failed), Place()).outcome is outcome


def test_what_also_fails_with_nothing_wrong_has_caught_nothing() -> None:
    mutant, title = make_mutant(), "features/queue/full.feature: plain"
    found = trial(mutant, Told({"plain": ("OC-CTRL-2011",)}), Place())
    knowledge = Knowledge(CASES, {})
    left = doubted(found, mutant, {title: "it hangs"}, knowledge)
    assert (left.outcome, left.killed_by) == (Outcome.INCONCLUSIVE, ())
    assert left.why == f"with nothing wrong, too, in {title}: it hangs"
    assert doubted(found, mutant, {"another": "it hangs"}, knowledge) is found


def test_what_checks_see_in_passing_is_looked_for_in_scenarios_of_such_checks() -> None:
    place = Place()
    mutant = make_mutant("uneven", "OC-METRICS-7104", kind=Kind.NAMED)
    cases = [*CASES, make_case("scraping", "OC-METRICS-7101")]
    attempt(place, mutant, Knowledge(cases, {}), Told({}))  # type: ignore[arg-type]  # as above
    assert place.ran == ["scraping"]


def test_those_that_speak_of_it_come_first_and_those_of_one_server_together() -> None:
    mutant = make_mutant("field:a.b", "OC-METRICS-7101")
    own = [
        make_case("early", "OC-METRICS-7101", server="b"),
        make_case("plain", "OC-METRICS-7101"),
        make_case("beside", "OC-METRICS-7101", server="a"),
        make_case("another early", "OC-METRICS-7101", server="b"),
    ]
    knowledge = Knowledge([make_case("in passing", "OC-METRICS-7104"), *own], {})
    assert [case.name for case in knowledge.candidates(mutant)] == [
        *("plain", "beside", "another early", "early", "in passing")
    ]


def test_what_is_there_no_more_is_no_hint() -> None:
    kill = Kill("OC-CTRL-2011", "behave", "features/queue/full.feature: gone")
    before = {"field:a.b": page.row(make_mutant(), Outcome.KILLED, [kill], {})}
    assert Knowledge(CASES, before).hints(make_mutant()) == set()
