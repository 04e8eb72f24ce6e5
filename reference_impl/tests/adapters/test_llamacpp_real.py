"""The adapter on llama.cpp's own server, which closes a connection after each stream and does not say so."""

import asyncio
from pathlib import Path

import pytest

from orchestratord.adapters import AdapterPlan, GenerateRequest
from orchestratord.adapters.llamacpp import LlamaCppAdapter
from orchestratord.core.sampling import SamplerProfile
from orchqueue.kit.realengine import RealEngine


@pytest.mark.requirement("ORCH-3054")
def test_one_request_may_follow_another_at_once(tmp_path: Path) -> None:
    async def talk(url: str) -> list[int | None]:
        adapter = LlamaCppAdapter(AdapterPlan(url, 2_000, 3_000))
        counts = []
        for seed in range(10):
            request = GenerateRequest("One, two,", 3, seed, SamplerProfile(), reuse_cache=False)
            last = [chunk async for chunk in adapter.generation(request).chunks()][-1]
            assert last.finished is not None
            counts.append(last.finished.tokens_out)
        await adapter.prove(lambda: 0)
        await adapter.close()
        return counts

    with RealEngine(tmp_path, slots=1) as engine:
        assert asyncio.run(talk(engine.url)) == [3] * 10
