"""What the tools write from the specs is what is committed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.requirement("OC-TEST-7013", kind="lint")
@pytest.mark.parametrize("command", [["spec", "extract", "--check"], ["gen", "--check"]], ids=" ".join)
def test_regenerating_changes_nothing(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchqueue", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
