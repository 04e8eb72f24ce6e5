"""Scripted engines for the kit's own tests, and where what they need is kept."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import Client, ScriptedEngine


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(slots=2, ms_per_token=0.0, ctx=64) as running:
        yield running


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Callable[..., ScriptedEngine]:
    """Start scripted engines of a format, which are stopped in the end."""

    def started(wire_format: str, **options: Any) -> ScriptedEngine:
        running = ScriptedEngine(format=wire_format, ms_per_token=0.0, ctx=64, **options).start()
        request.addfinalizer(running.stop)
        return running

    return started


@pytest.fixture
def client(engine: ScriptedEngine) -> Client:
    return Client(engine.url)


@pytest.fixture(scope="session")
def build_folder() -> Path:
    """Where what is slow to make is kept between runs."""
    return Path(__file__).parents[3] / "build"


@pytest.fixture(scope="session")
def triton_environment() -> Path:
    """Where `make triton` puts Triton, which needs an older numpy than everything else here."""
    return Path(__file__).parents[3] / ".venv-triton"
