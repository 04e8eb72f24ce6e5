from pathlib import Path

import pytest

from orchqueue.verify import baseline
from orchqueue.verify.errors import BaselineError

KNOWN = {"OC-CTRL-2011", "OC-CTRL-2012"}


def write(folder: Path, text: str) -> Path:
    path = folder / "baseline.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("expected_fail: {OC-CTRL-2011: needs the C queue}", {"OC-CTRL-2011": "needs the C queue"}),
        ("expected_fail: {}", {}),
        ("expected_fail:", {}),
    ],
)
def test_read(text: str, expected: dict[str, str], tmp_path: Path) -> None:
    assert baseline.read(write(tmp_path, text), KNOWN) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("expected_fail: {OC-CTRL-2011: [}", "not YAML"),
        ("expected_fail: {OC-CTRL-9999: later}", "OC-CTRL-9999, which no spec has"),
        ("expected_fail: {OC-CTRL-2011: }", "no reason for OC-CTRL-2011"),
        ("expected_fail: {OC-CTRL-2011: ' '}", "no reason for OC-CTRL-2011"),
        ("expected_fail: [OC-CTRL-2011]", "one mapping"),
        ("expected: {}", "one mapping"),
        ("expected_fail: {}\nother: 1", "one mapping"),
        ("", "one mapping"),
    ],
)
def test_what_says_less_than_it_seems_to_is_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match=said) as raised:
        baseline.read(write(tmp_path, text), KNOWN)
    assert raised.value.exit_code == 2


def test_a_baseline_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="cannot be read"):
        baseline.read(tmp_path / "nothing.yaml", KNOWN)
