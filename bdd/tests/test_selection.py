from dataclasses import replace
from pathlib import Path

import pytest

from orchqueue.verify.runspec import RunSpec, TargetSpec
from orchqueue_bdd import selection
from orchqueue_bdd.selection import Case, Slice
from orchqueue_bdd.suite import Suite

OUTCOMES = "features/shop/outcomes.feature"
SUITE = Suite(Path(__file__).parent / "suite")


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return SUITE.cases()


def spec(**changes: object) -> RunSpec:
    return RunSpec(TargetSpec(), "out", 1, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "files"), [({}, 2), ({"smoke": True}, 1), ({"requirements": ("OC-POLICY-4001",)}, 1)]
)
def test_files_that_hold_nothing_that_is_asked_for_are_not_read(
    changes: dict[str, object], files: int, cases: list[Case]
) -> None:
    asked = spec(**changes)
    read = SUITE.cases(selection.may_hold(asked))
    assert len({case.path for case in read}) == files
    wanted = selection.chosen(asked, lambda _: True)
    assert [case.place for case in read if wanted(case)] == [case.place for case in cases if wanted(case)]


def names(cases: list[Case], chosen: RunSpec, claimed: str = "OC-CTRL") -> set[str]:
    holds = selection.chosen(chosen, lambda identifier: identifier.startswith(claimed))
    return {case.scenario.name for case in cases if holds(case)}


def test_outlines_give_a_case_for_each_row(cases: list[Case]) -> None:
    rows = [case for case in cases if case.scenario.name.startswith("is an outline")]
    assert [case.place for case in rows] == [f"{OUTCOMES}:46", f"{OUTCOMES}:47"]
    assert {case.server for case in rows} == {"standard"}


def test_the_server_is_the_one_that_the_steps_name(cases: list[Case]) -> None:
    assert {case.server for case in cases} == {"standard", "nonesuch", selection.NO_SERVER}


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 13),
        ({"smoke": True}, 1),
        ({"requirements": ("OC-CTRL-2052",)}, 1),
        ({"requirements": ("OC-CTRL-2052", "OC-CTRL-2071")}, 3),
        ({"requirements": ("OC-CTRL-9999",)}, 0),
        ({"features": ("shop",)}, 13),
        ({"features": ("shop/alone.feature",)}, 2),
        ({"features": ("features/shop/alone.feature",)}, 2),
        ({"features": ("sho",)}, 0),
        ({"only": (f"{OUTCOMES}:8",)}, 1),
    ],
)
def test_choice(changes: dict[str, object], count: int, cases: list[Case]) -> None:
    assert len(names(cases, spec(**changes))) == count


def test_what_speaks_of_unclaimed_profiles_only_is_left_out(cases: list[Case]) -> None:
    assert len(names(cases, spec(), claimed="OC-POLICY")) == 2
    assert len(names(cases, spec(), claimed="OC-CAT")) == 0


def test_each_server_is_run_in_one_go(cases: list[Case]) -> None:
    order = [part.server for part in selection.ordered(cases, 5)]
    assert len(order) == 3
    assert len(set(order)) == 3


def test_an_order_holds_every_case_once(cases: list[Case]) -> None:
    placed = [case.place for part in selection.ordered(cases, 5) for case in part.cases]
    assert sorted(placed) == sorted(case.place for case in cases)


def servers(parts: list[list[Slice]]) -> list[set[str]]:
    return [{one.server for one in part} for part in parts]


def test_what_a_server_runs_is_one_part_in_the_order_given(cases: list[Case]) -> None:
    order = selection.ordered(cases, 5)
    parts = selection.units(order, lambda _: 1)
    assert sorted(map(sorted, servers(parts))) == [[""], ["nonesuch"], ["standard"]]
    assert all(part == [one for one in order if one in part] for part in parts)


def test_what_starts_its_own_servers_is_parted_by_feature(cases: list[Case]) -> None:
    order = [*selection.ordered(cases, 5), *(replace(part, feature=Other()) for part in own(cases))]
    assert sorted(map(sorted, servers(selection.units(order, lambda _: 1)))) == [
        [""],
        [""],
        ["nonesuch"],
        ["standard"],
    ]


class Other:
    filename = "other.feature"


def own(cases: list[Case]) -> list[Slice]:
    return [part for part in selection.ordered(cases, 5) if not part.server]


def test_the_slowest_part_comes_first(cases: list[Case]) -> None:
    paces = {"": 100, "nonesuch": 10, "standard": 0.1}
    parts = selection.units(selection.ordered(cases, 5), paces.__getitem__)
    assert servers(parts) == [{""}, {"nonesuch"}, {"standard"}]


def test_of_nothing_there_is_no_part() -> None:
    assert selection.units([], lambda _: 1) == []


@pytest.mark.parametrize("explore", [False, True])
def test_explorations_run_when_asked_for_and_then_alone(explore: bool) -> None:
    holds = selection.chosen(spec(explore=explore), lambda _: True)
    tags = {selection.EXPLORE in case.tags for case in Suite().cases() if holds(case)}
    assert tags == {explore}
