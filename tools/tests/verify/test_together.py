"""Calls in processes of their own: their results in order, and none that fails unseen."""

import os
from functools import partial

import pytest

from orchqueue.verify.errors import RunnerError
from orchqueue.verify.finding import Finding, Look
from orchqueue.verify.together import parts, together


def test_results_come_in_order_from_other_processes() -> None:
    found = together([lambda number=number: (number, os.getpid()) for number in range(3)])  # type: ignore[misc]
    assert [number for number, _ in found] == [0, 1, 2]
    assert len({pid for _, pid in found} | {os.getpid()}) == 4


def test_what_a_look_found_comes_back() -> None:
    look = Look()
    look.saw(["OC-CORE-1020"])
    look.findings.append(Finding(frozenset({"OC-CORE-1020"}), "wrong", "there"))
    whole = Look()
    for found in together([lambda: look, lambda: look]):
        whole.add(found)
    assert whole.exercised == {"OC-CORE-1020": 2}
    assert whole.findings == look.findings * 2


@pytest.mark.filterwarnings("ignore")
def test_a_call_that_fails_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RunnerError, match="1 of 2 parts"):
        together([partial(int, "x"), partial(int, "1")])
    assert "invalid literal" in capfd.readouterr().err


def test_parts_hold_everything_once() -> None:
    items = list(range(1001))
    for least in (1, 200, 5000):
        found = parts(items, least)
        assert [item for part in found for item in part] == items
        assert len(found) == 1 or min(map(len, found)) >= least
    assert parts([], 10) == [[]]
