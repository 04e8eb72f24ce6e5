"""A reference server in front of two played engines whose tokens change when they are disturbed."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import pytest

from orchqueue.kit import ReferenceTarget, ScriptedEngine

KEY = "determinism-key"


@dataclass(frozen=True)
class Twins:
    url: str
    engines: tuple[ScriptedEngine, ScriptedEngine]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    with (
        ScriptedEngine(slots=3, ms_per_token=0.5, sensitive=True) as one,
        ScriptedEngine(slots=3, ms_per_token=0.5, sensitive=True) as other,
    ):
        config = {
            "keys": [
                {
                    "id": "key",
                    "sha256": sha256(KEY.encode()).hexdigest(),
                    "tenant": "default",
                    "scopes": ["data", "control"],
                }
            ],
            "pools": [
                {
                    "id": "twins",
                    "engine": "llamacpp",
                    "model": "tiny",
                    "workers": [{"id": "a", "url": one.url}, {"id": "b", "url": other.url}],
                }
            ],
        }
        server = ReferenceTarget(tmp_path_factory.mktemp("server")).launch(config, "server")
        server.wait_ready(["twins"], 60)
        try:
            yield Twins(server.url, (one, other))
        finally:
            server.stop()


@pytest.fixture
def twins(running: Twins) -> Twins:
    for engine in running.engines:
        engine.reset()
    return running
