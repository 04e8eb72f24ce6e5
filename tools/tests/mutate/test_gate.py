"""What the committed matrix shows: all that it must, or what is missing, on record for the run."""

import json
from pathlib import Path

import pytest

from orchqueue.mutate import gate
from orchqueue.mutate import matrix as page
from orchqueue.mutate.errors import MatrixError
from orchqueue.mutate.matrix import Kill, Matrix, Outcome
from orchqueue.mutate.mutants import demanded
from orchqueue.verify import evidence

from .conftest import make_mutant

TITLE = "features/a.feature: b"


def complete() -> Matrix:
    names = demanded(())
    kills = [Kill(name, "behave", TITLE) for name in names]
    rows = [page.row(make_mutant("field:a.b", *names), Outcome.KILLED, kills, {TITLE: "s"})]
    return Matrix(1, (), tuple(rows))


def test_a_complete_matrix_lacks_nothing() -> None:
    assert gate.missing(complete()) == []


def test_a_survivor_and_a_requirement_without_a_mutant_are_missing() -> None:
    survivor = page.row(make_mutant("event:x"), Outcome.SURVIVED, [], {})
    rows = complete().rows
    assert gate.missing(Matrix(1, (), (*rows, survivor))) == ["the mutant event:x is not caught (survived)"]
    dead = page.row(make_mutant("event:x"), Outcome.DEAD, [], {})
    assert gate.missing(Matrix(1, (), (*rows, dead))) == []
    assert len(gate.missing(Matrix(1, (), ()))) == len(demanded(()))


def test_what_it_shows_is_recorded_beside_what_others_have(tmp_path: Path) -> None:
    path = tmp_path / gate.CHECKS_FILE
    path.parent.mkdir()
    path.write_text('{"by": "pytest", "id": "x"}\n')
    gate.record(tmp_path, complete(), ["one", "two"])
    gate.record(tmp_path, complete(), [])
    other, own = map(json.loads, path.read_text().splitlines())
    assert other == {"by": "pytest", "id": "x"}
    assert (own["id"], own["kind"], own["status"]) == ("OC-TEST-7012", "inspection", "pass")
    assert evidence.caught(tmp_path / gate.SHOWN_FILE)["OC-CTRL-2011"] == ("field:a.b",)


def test_a_matrix_that_is_not_there_is_asked_for(tmp_path: Path) -> None:
    assert gate.committed(tmp_path) is None
    with pytest.raises(MatrixError, match="make mutants"):
        gate.needed(tmp_path)
