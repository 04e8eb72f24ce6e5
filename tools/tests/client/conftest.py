"""A reference server in a process of its own: a mock, a pool on a scripted engine, and one to be drained."""

from collections.abc import Iterator
from hashlib import sha256

import pytest

from orchqueue.kit import ReferenceTarget, RunningServer, ScriptedEngine

KEYS = {"key": ["data", "control"], "data": ["data"]}


@pytest.fixture(scope="session")
def played() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(slots=1, ms_per_token=1.0) as engine:
        yield engine


@pytest.fixture
def engine(played: ScriptedEngine) -> ScriptedEngine:
    """The engine behind the model `tiny`, with one slot and place for two more in its queue."""
    played.reset()
    return played


@pytest.fixture(scope="session")
def another() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(format="vllm", model="other", ms_per_token=1.0) as engine:
        yield engine


@pytest.fixture(scope="session")
def server(
    played: ScriptedEngine, another: ScriptedEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    config = {
        "keys": [
            {"id": key, "sha256": sha256(key.encode()).hexdigest(), "tenant": "default", "scopes": scopes}
            for key, scopes in KEYS.items()
        ],
        "pools": [
            {"id": "default", "engine": "llamacpp", "adapter": "mock", "model": "any"},
            {
                "id": "drained",
                "engine": "vllm",
                "model": "other",
                "slots": 2,
                "workers": [{"id": "drained-0", "url": another.url}],
            },
            {
                "id": "played",
                "engine": "llamacpp",
                "model": "tiny",
                "workers": [{"id": "played-0", "url": played.url}],
                "queue": {"capacity": 2},
            },
        ],
    }
    running = ReferenceTarget(tmp_path_factory.mktemp("server")).launch(config, "server")
    running.wait_ready(["default", "drained", "played"], 60)
    yield running
    assert running.stop() == 0
