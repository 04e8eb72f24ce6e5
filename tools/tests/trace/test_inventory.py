"""The inventory: what is public, what ran it, why it is tested, and what nobody has given a reason for."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from coverage import CoverageData

from orchqueue.cli import cli
from orchqueue.trace import TraceError, inventory

SOURCE = '''
def half(number):
    """Half of a number. Not of a text."""
    if number is None:
        return 0
    return number / 2


def whole(number):
    """What nothing runs."""
    return number


class Kept:
    def promised(self):
        """An abstract one does nothing."""

    def held(self):
        return self

    def _own(self):
        return 1


class _Own:
    def told(self):
        return 2
'''
FILE = "tools/orchqueue/kit/numbers.py"
WHY = "why: {tools/orchqueue: by values}\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    path.write_text(SOURCE)
    (tmp_path / "ci").mkdir()
    data = CoverageData(str(tmp_path / inventory.MEASURED))
    for context, lines in (("", [2, 9, 14]), ("test_numbers.test_half", [4, 6]), ("test_kept.test_it", [19])):
        data.set_context(context)
        data.add_lines({str(path.resolve()): lines})
    data.write()
    return tmp_path


def taken(tree: Path, reasons: str) -> Result:
    (tree / inventory.REASONS).write_text(reasons)
    return CliRunner().invoke(cli, ["trace", "--inventory", "--root", str(tree)])


@pytest.mark.requirement("OC-TEST-7014")
def test_each_behaviour_is_named_with_reason_tests_and_share_the_least_covered_first(tree: Path) -> None:
    done = taken(tree, WHY + f"without: {{'{FILE}::whole': it is plain}}\n")
    assert done.exit_code == 0, done.output
    rows = (tree / inventory.OUTPUT).read_text().splitlines()[6:]
    assert rows == [
        f"| `{FILE}::whole` | What nothing runs. | it is plain | none | 0% |",
        f"| `{FILE}::half` | Half of a number | by values | `test_numbers.test_half` | 67% |",
        f"| `{FILE}::Kept.held` |  | by values | `test_kept.test_it` | 100% |",
    ]
    assert "3 behaviours, 1 without a unit test, 60.0 % of their lines run" in done.output


@pytest.mark.requirement("OC-TEST-7014")
def test_what_no_test_runs_and_nobody_gives_a_reason_for_fails(tree: Path) -> None:
    done = taken(tree, WHY + "without: {}\n")
    assert done.exit_code == 1
    assert f"{FILE}::whole: no unit test runs it, and ci/inventory.yaml does not say why" in done.output


def test_a_reason_that_is_needed_no_more_fails(tree: Path) -> None:
    done = taken(tree, WHY + f"without: {{{FILE}: it is plain, tools/orchqueue/gone.py: it was}}\n")
    assert done.exit_code == 1
    assert "tools/orchqueue/gone.py is given a reason for having no unit test" in done.output
    assert f"ci/inventory.yaml: {FILE} is" not in done.output


def test_a_tree_that_nothing_was_measured_of_is_told_as_such(tree: Path) -> None:
    (tree / inventory.MEASURED).unlink()
    done = taken(tree, WHY + "without: {}\n")
    assert isinstance(done.exception, TraceError)
    assert "run `make coverage` first" in str(done.exception)


def test_reasons_that_cannot_be_read_are_told_as_such(tree: Path) -> None:
    done = taken(tree, "why: [\n")
    assert isinstance(done.exception, TraceError)
    assert "is no table of reasons" in str(done.exception)
