"""Two real llama.cpp engines behind one pool answer the whole corpus alike."""

import asyncio
from hashlib import sha256
from pathlib import Path

import pytest

from orchqueue.client import AsyncClient
from orchqueue.determinism import CORPUS, Suite
from orchqueue.kit import ReferenceTarget
from orchqueue.kit.realengine import RealEngine

KEY = "determinism-key"


@pytest.mark.requirement("ORCH-3050")
def test_two_real_engines_answer_the_corpus_alike(tmp_path: Path) -> None:
    with RealEngine(tmp_path / "one", slots=2) as one, RealEngine(tmp_path / "other", slots=2) as other:
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
                    "id": "real",
                    "engine": "llamacpp",
                    "model": "real",
                    "workers": [{"id": "a", "url": one.url}, {"id": "b", "url": other.url}],
                }
            ],
        }
        server = ReferenceTarget(tmp_path).launch(config, "server")
        try:
            server.wait_ready(["real"], 60)

            async def run():
                async with AsyncClient(server.url, KEY) as client:
                    suite = Suite(client, engine="llamacpp", model_ref="real", max_tokens=16)
                    return await suite.run(CORPUS)

            outcome = asyncio.run(run())
        finally:
            server.stop()
    assert outcome.differences == ()
    assert outcome.empty == []
    assert outcome.replicas == [("real", "a"), ("real", "b")]
    assert len(outcome.served) == 2 * len(CORPUS)
