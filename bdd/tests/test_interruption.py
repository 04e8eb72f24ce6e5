"""Whoever ends a run ends all of it, and is told that there are no verdicts."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchqueue.verify import features
from orchqueue.verify.runspec import RunSpec
from orchqueue_bdd.waiting import eventually

STEPS = """
import threading
from behave import given
@given('the server "{name}"')
def use(context, name): context.world.use(name)
@given("it hangs")
def hang(context): threading.Event().wait()
"""
# Whoever starts the tests in the background has them, and all that they start, ignore SIGINT.
HEEDING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from orchqueue.cli import main
main()
"""
FEATURE = """
@OC-CTRL-2010
Feature: a
  Scenario: b
    Given the server "standard"
    And it hangs
  Scenario: c
    Given it hangs
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite"
    (folder / "features").mkdir(parents=True)
    (folder / "steps").mkdir()
    (folder / "features" / "a.feature").write_text(FEATURE)
    (folder / "steps" / "steps.py").write_text(STEPS)
    return folder


def running(place: Path) -> list[str]:
    """The processes that have a path below the place in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace")
        except OSError:  # it has ended
            continue
        if str(place) in words and entry.parent.name != str(os.getpid()):
            found.append(words.replace("\0", " "))
    return found


def test_nothing_of_an_interrupted_run_goes_on(
    tmp_path: Path, suite: Path, make_spec: Callable[..., RunSpec]
) -> None:
    seen: list[int] = []

    def take(data: dict[str, Any]) -> None:
        if data["what"] == "plan":
            # The conductor, its two shares, and a server under its guard.
            seen.append(len(eventually(lambda: running(tmp_path), lambda found: len(found) >= 5, 20.0)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        features.run(make_spec(tmp_path / "out", suite=str(suite), jobs=2), take, {})
    assert seen == [5]
    assert eventually(lambda: running(tmp_path), lambda found: not found, 20.0) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_could_not_be_made(
    number: int, tmp_path: Path, server_command: Callable[..., str]
) -> None:
    command = [
        sys.executable,
        "-c",
        HEEDING,
        "verify",
        "--root",
        str(tmp_path),
    ]
    with subprocess.Popen(
        [*command, "--root", str(tmp_path), "--target-cmd", server_command()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "scenarios, seed" in process.stdout.readline()
        process.send_signal(number)
        assert process.stderr.read() == "error: the run was interrupted, so there are no verdicts\n"
        assert process.wait(20) == 2
    assert eventually(lambda: running(tmp_path), lambda found: not found, 20.0) == []
