"""The kill matrix: written as it is read, valid for what it was made from, and complete or not."""

from pathlib import Path

import pytest

from orchqueue.mutate import matrix as page
from orchqueue.mutate.choice import Choice
from orchqueue.mutate.errors import MatrixError, MutateError
from orchqueue.mutate.matrix import Kill, Matrix, Outcome
from orchqueue.mutate.mutants import Kind, demanded

from .conftest import make_case, make_mutant

TITLE = "features/queue/full.feature: one | two"
DIGESTS = {TITLE: "s"}
KILL = Kill("OC-CTRL-2011", "behave", TITLE)


def made(outcome: Outcome = Outcome.KILLED) -> Matrix:
    kills = [KILL] if outcome is Outcome.KILLED else []
    rows = (
        page.row(make_mutant("value:a|b.c"), outcome, kills, DIGESTS),
        page.row(make_mutant("late-token", "ORCH-3026", kind=Kind.NAMED), Outcome.DEAD, [], {}),
    )
    return Matrix(7, ("core", "ops"), rows)


def test_a_page_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "KILL-MATRIX.md"
    path.write_text(page.text(made()))
    read = page.read(path)
    assert page.text(read) == page.text(made())
    assert sorted(read.rows, key=lambda row: row.name) == sorted(made().rows, key=lambda row: row.name)


@pytest.mark.parametrize("text", ["", "# Kill matrix\n", "- seed: x\n- profiles: core\n"])
def test_what_is_no_page_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "KILL-MATRIX.md"
    path.write_text(text)
    with pytest.raises(MatrixError, match="make mutants"):
        page.read(path)


def test_a_row_holds_for_its_mutant_and_its_scenario_as_they_were() -> None:
    mutants = [make_mutant("value:a|b.c")]
    assert made().valid(mutants, DIGESTS).rows == made().rows[:1]
    assert made().valid([make_mutant("value:a|b.c", digest="other")], DIGESTS).rows == ()
    assert made().valid(mutants, {TITLE: "other"}).rows == ()
    assert made().valid([], DIGESTS).rows == ()


def test_an_example_of_an_outline_is_known_again(tmp_path: Path) -> None:
    case = make_case("a full queue -- @1.1 ")
    row = page.row(
        make_mutant(), Outcome.KILLED, [Kill("OC-CTRL-2011", "behave", case.title)], {case.title: "s"}
    )
    path = tmp_path / "KILL-MATRIX.md"
    path.write_text(page.text(Matrix(1, (), (row,))))
    assert page.read(path).valid([make_mutant()], {case.title: "s"}).rows == (row,)


def test_a_row_that_was_edited_holds_no_more(tmp_path: Path) -> None:
    path = tmp_path / "KILL-MATRIX.md"
    path.write_text(page.text(made(Outcome.SURVIVED)).replace("| survived |", "| killed |"))
    assert page.read(path).of(Outcome.KILLED)
    assert page.read(path).valid([make_mutant("value:a|b.c")], DIGESTS).rows == ()


def test_what_no_mutant_shows_is_named() -> None:
    caught = made()
    assert "OC-CTRL-2011" not in caught.uncaught()
    assert "OC-CTRL-2011" in made(Outcome.SURVIVED).uncaught()
    assert set(caught.uncaught()) == demanded(("core", "ops")).keys() - {"OC-CTRL-2011"}
    assert "- OC-CTRL-2012: " in page.text(caught)


def test_only_what_the_wire_shows_of_a_claimed_must_needs_a_mutant() -> None:
    found = demanded(("ops",))
    assert {"OC-CTRL-2012", "OC-CONFIG-6001"} <= found.keys()
    assert not {"OC-CTRL-2002", "OC-TEST-7012", "OC-CTRL-2015"} & found.keys()


def test_a_choice_of_nothing_is_refused() -> None:
    fitting = [make_mutant(), make_mutant("late-token", "ORCH-3026", kind=Kind.NAMED)]
    valid = Matrix(1, (), ())
    assert Choice((), (), None, False, 1).whole
    assert Choice(("late-token",), (), None, False, 1).of(fitting, valid) == fitting[1:]
    assert Choice((), ("OC-CTRL-2011",), None, False, 1).of(fitting, valid) == fitting[:1]
    for names, requirements in ((("nonesuch",), ()), ((), ("OC-CTRL-2052",))):
        with pytest.raises(MutateError, match=r"nonesuch|OC-CTRL-2052"):
            Choice(names, requirements, None, False, 1).of(fitting, valid)


def test_a_row_holds_in_whatever_order_the_page_keeps_what_caught_it(tmp_path: Path) -> None:
    mutant = make_mutant("late", "OC-A", "OC-B", "OC-C", kind=Kind.NAMED)
    caught = [
        Kill("OC-A", "behave", "one: x"),
        Kill("OC-B", "behave", "two: y"),
        Kill("OC-C", "behave", "one: x"),
    ]
    digests = {"one: x": "1", "two: y": "2"}
    path = tmp_path / "page.md"
    path.write_text(page.text(Matrix(1, (), (page.row(mutant, Outcome.KILLED, caught, digests),))))
    assert len(page.read(path).valid([mutant], digests).rows) == 1


def test_stale_is_whatever_is_not_known_to_be_caught() -> None:
    mutants = [make_mutant(f"field:a.{n}") for n in range(3)]
    rows = [
        page.row(mutants[0], Outcome.KILLED, [KILL], DIGESTS),
        page.row(mutants[1], Outcome.SURVIVED, [], DIGESTS),
    ]
    assert Choice((), (), None, True, 1).of(mutants, Matrix(1, (), tuple(rows))) == mutants[1:]


def test_a_sample_is_of_those_that_are_caught_and_the_same_for_one_seed() -> None:
    mutants = [make_mutant(f"field:a.{n}") for n in range(20)]
    rows = [page.row(m, Outcome.KILLED, [KILL], DIGESTS) for m in mutants[:10]]
    valid = Matrix(1, (), tuple(rows))
    chosen = Choice((), (), 4, False, 5).of(mutants, valid)
    assert chosen == Choice((), (), 4, False, 5).of(mutants, valid)
    assert len(chosen) == 4
    assert {mutant.name for mutant in chosen} <= {row.name for row in rows}
    assert len(Choice((), (), 4, True, 5).of(mutants, valid)) == 0
