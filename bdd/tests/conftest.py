"""What the tests of running features share: a small suite, and a small server to run it against."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchqueue.verify.runspec import RunSpec, TargetKind, TargetSpec

HERE = Path(__file__).parent
Spec = Callable[..., RunSpec]


def command(*options: str) -> str:
    """Give the command line of the small server."""
    return shlex.join([sys.executable, str(HERE / "fake_server.py"), "{config}", *options])


@pytest.fixture(scope="session")
def server_command() -> Callable[..., str]:
    return command


@pytest.fixture(scope="session")
def make_spec() -> Spec:
    def make(out: Path, options: tuple[str, ...] = (), **changes: object) -> RunSpec:
        target = TargetSpec(TargetKind.COMMAND, command=command(*options))
        fields = {"target": target, "out": str(out), "seed": 7, "suite": str(HERE / "suite"), **changes}
        return RunSpec(**fields)  # type: ignore[arg-type]

    return make
