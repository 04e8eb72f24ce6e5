"""The llama.cpp adapter over real sockets, against the kit's scripted engine."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

import pytest

from orchestratord.adapters import AdapterPlan, Finished, GenerateRequest, LlamaCppAdapter
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile
from orchqueue.kit import EngineScript, ScriptedEngine, free_port

REQUEST = GenerateRequest("hello", 5, 1, SamplerProfile(), reuse_cache=True)


@pytest.fixture(scope="module")
def engine() -> Iterator[ScriptedEngine]:
    started = ScriptedEngine(slots=2, ms_per_token=1.0).start()
    yield started
    started.stop()


@asynccontextmanager
async def adapter(url: str) -> AsyncIterator[LlamaCppAdapter]:
    one = LlamaCppAdapter(AdapterPlan(url, connect_ms=2000, probe_ms=2000))
    try:
        yield one
    finally:
        await one.close()
        await asyncio.sleep(0)  # lets the closed transports go


async def generate(one: LlamaCppAdapter) -> tuple[list[str], Finished | None]:
    texts: list[str] = []
    finished = None
    async with aclosing(one.generation(REQUEST).chunks()) as chunks:
        async for chunk in chunks:
            texts += chunk.texts
            finished = chunk.finished or finished
    return texts, finished


async def failure_of(one: LlamaCppAdapter) -> FailureKind:
    with pytest.raises(EngineFailure) as failure:
        await generate(one)
    return failure.value.kind


@pytest.mark.requirement("OC-ADAPT-5001")
def test_facts_and_tokens(engine) -> None:
    async def scene() -> None:
        async with adapter(engine.url) as one:
            facts = await one.probe()
            assert (facts.slots, facts.ctx) == (2, 4096)
            engine.script(EngineScript(tokens=["a", "b", "c"]))
            texts, finished = await generate(one)
            assert texts == ["a", "b", "c"]
            assert finished is not None
            assert finished.tokens_out == 3
            assert await one.count_tokens("some text") is not None

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (EngineScript(busy=True), FailureKind.BUSY),
        (EngineScript(error_status=500), FailureKind.FAULT),
        (EngineScript(error_status=400), FailureKind.REFUSED),
        (EngineScript(cut_after=2), FailureKind.BROKEN),
        (EngineScript(malformed_after=2), FailureKind.MALFORMED),
    ],
)
def test_failures(engine, script, kind) -> None:
    async def scene() -> None:
        async with adapter(engine.url) as one:
            engine.script(script)
            assert await failure_of(one) is kind

    asyncio.run(scene())


def test_nobody_there() -> None:
    async def scene() -> None:
        async with adapter(f"http://127.0.0.1:{free_port()}") as one:
            assert await failure_of(one) is FailureKind.UNREACHABLE
            with pytest.raises(EngineFailure) as failure:
                await one.probe()
            assert failure.value.kind is FailureKind.UNREACHABLE
            assert await one.count_tokens("x") is None
            assert await one.generation(REQUEST).wait_idle(0) is False

    asyncio.run(scene())


@pytest.mark.requirement("OC-ADAPT-5083")
def test_closing_early_reaches_the_engine_and_its_slot_is_seen_free(engine) -> None:
    async def scene() -> None:
        async with adapter(engine.url) as one:
            engine.script(EngineScript(tokens=1000, ms_per_token=5))
            generation = one.generation(REQUEST)
            async with aclosing(generation.chunks()) as chunks:
                await anext(chunks)
                assert engine.slots_busy == 1
            assert await asyncio.wait_for(generation.wait_idle(0), 5)
            assert engine.slots_busy == 0
            completions = [one for one in engine.requests if one.path == "/completion"]
            assert completions[-1].disconnected_ms is not None

    asyncio.run(scene())
