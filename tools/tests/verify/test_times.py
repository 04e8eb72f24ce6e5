"""Many runs by one command: each in another order, until one is not as it should be."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchqueue.verify import session
from orchqueue.verify.commands import verify
from orchqueue.verify.evidence import Claims
from orchqueue.verify.session import RunInfo, Session
from orchqueue.verify.verdicts import Summary

Take = Callable[[dict[str, object]], None]


class Runs:
    """Stands in for the runs: the one with the seed `bad` has a problem."""

    def __init__(self, bad: int | None) -> None:
        self.bad = bad
        self.made: list[Session] = []

    def make(self, asked: Session, _take: Take) -> tuple[Summary, RunInfo]:
        self.made.append(asked)
        problems = ("something was skipped",) if asked.spec.seed == self.bad else ()
        info = RunInfo(
            target="reference",
            rerun="orchqueue verify",
            seed=asked.spec.seed,
            started="2026-01-01T00:00:00+00:00",
            seconds=1.0,
            scenarios=1,
            exchanges=1,
            claims=Claims(200),
            digests={},
        )
        return Summary((), problems), info


def run(runs: Runs, root: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.setattr(session, "make", runs.make)
    return CliRunner().invoke(verify, ["--root", str(root), "--seed", "40", *words])


def test_each_of_many_runs_has_a_seed_of_its_own_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(None)
    result = run(runs, tmp_path, monkeypatch, "--times", "3")
    assert result.exit_code == 0, result.output
    assert [each.spec.seed for each in runs.made] == [40, 41, 42]
    assert all(each.strict_flaky for each in runs.made)
    assert all(f"run {number} of 3: seed {39 + number}" in result.output for number in (1, 2, 3))
    assert "the same order again" not in result.output


def test_the_first_bad_run_is_the_last_and_its_order_can_be_had_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(41)
    result = run(runs, tmp_path, monkeypatch, "--times", "9", "--smoke", "-j", "2", "features/streams")
    assert result.exit_code == 1
    assert len(runs.made) == 2
    assert "the same order again: orchqueue verify --seed 41 --jobs 2 --smoke streams" in result.output


def test_one_run_looks_twice_before_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    runs = Runs(None)
    assert run(runs, tmp_path, monkeypatch).exit_code == 0
    assert [each.strict_flaky for each in runs.made] == [False]
