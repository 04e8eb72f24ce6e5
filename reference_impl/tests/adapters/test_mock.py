"""The built-in engine: pace, text, slots and faults."""

import asyncio
from contextlib import aclosing

import pytest

from orchestratord.adapters import GenerateRequest, MockAdapter, MockBehaviour, MockFault
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile


def request(tokens: int, seed: int = 1) -> GenerateRequest:
    return GenerateRequest("hello", tokens, seed, SamplerProfile(), reuse_cache=True)


async def text(engine: MockAdapter, tokens: int = 5, seed: int = 1) -> list[str]:
    texts: list[str] = []
    async with aclosing(engine.generation(request(tokens, seed)).chunks()) as chunks:
        async for chunk in chunks:
            texts += chunk.texts
    return texts


@pytest.mark.requirement("ORCH-3059")
def test_text_repeats_with_the_seed_and_has_every_token() -> None:
    engine = MockAdapter(MockBehaviour(ms_per_token=0))

    async def scene() -> None:
        first = await text(engine, 40)
        assert len(first) == 40
        assert await text(engine, 40) == first
        assert await text(engine, 40, seed=2) != first

    asyncio.run(scene())


@pytest.mark.requirement("ORCH-3059")
def test_it_has_whatever_model_it_is_asked_for() -> None:
    assert asyncio.run(MockAdapter(MockBehaviour(), "any").probe()).model == "any"
    assert asyncio.run(MockAdapter(MockBehaviour()).probe()).model is None


@pytest.mark.requirement("ORCH-3059")
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (MockFault("cut", 2), FailureKind.BROKEN),
        (MockFault("malformed", 1), FailureKind.MALFORMED),
        (MockFault("error", 2), FailureKind.STREAM_ERROR),
        (MockFault("error"), FailureKind.FAULT),
        (MockFault("busy"), FailureKind.BUSY),
        (MockFault("not-ready"), FailureKind.NOT_READY),
    ],
)
def test_a_fault_is_met_once(fault, kind) -> None:
    engine = MockAdapter(MockBehaviour(ms_per_token=0, faults=(fault,)))

    async def scene() -> None:
        with pytest.raises(EngineFailure) as failure:
            await text(engine)
        assert failure.value.kind is kind
        assert len(await text(engine)) == 5
        assert engine.busy == 0

    asyncio.run(scene())


@pytest.mark.requirement("ORCH-3059")
def test_a_proof_leaves_the_faults_to_tasks() -> None:
    engine = MockAdapter(MockBehaviour(ms_per_token=0, faults=(MockFault("cut", 2),)))

    async def scene() -> None:
        await engine.prove(lambda: 0)
        with pytest.raises(EngineFailure):
            await text(engine)

    asyncio.run(scene())


def test_slots_are_real_and_a_stall_holds_one() -> None:
    engine = MockAdapter(MockBehaviour(slots=1, ms_per_token=0, faults=(MockFault("stall", 1),)))

    async def scene() -> None:
        generation = engine.generation(request(3))
        async with aclosing(generation.chunks()) as chunks:
            await anext(chunks)
            with pytest.raises(EngineFailure) as failure:
                await text(engine)
            assert failure.value.kind is FailureKind.BUSY
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(chunks), 0.01)
        assert engine.busy == 0
        assert await generation.wait_idle(lambda: 0)

    asyncio.run(scene())


@pytest.mark.requirement("ORCH-3059")
def test_vectors_repeat_with_their_text_and_scores_follow_them() -> None:
    engine = MockAdapter(MockBehaviour(ms_per_token=0))

    async def scene() -> None:
        made = await engine.embed(["one", "two", "one"])
        assert made.vectors[0] == made.vectors[2] != made.vectors[1]
        assert all(
            sum(value * value for value in vector) == pytest.approx(1, abs=1e-4) for vector in made.vectors
        )
        assert made.tokens_in == 3
        ranks = await engine.rerank("one", ["two", "one"])
        assert ranks.scores[1] == pytest.approx(1, abs=1e-4)
        assert -1 <= ranks.scores[0] < 1

    asyncio.run(scene())


@pytest.mark.requirement("ORCH-3059")
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (MockFault("cut"), FailureKind.BROKEN),
        (MockFault("malformed"), FailureKind.MALFORMED),
        (MockFault("error"), FailureKind.FAULT),
        (MockFault("busy"), FailureKind.BUSY),
        (MockFault("not-ready"), FailureKind.NOT_READY),
    ],
)
def test_a_computation_meets_faults_too(fault, kind) -> None:
    engine = MockAdapter(MockBehaviour(ms_per_token=0, faults=(fault,)))

    async def scene() -> None:
        with pytest.raises(EngineFailure) as failure:
            await engine.embed(["x"])
        assert failure.value.kind is kind
        assert len((await engine.embed(["x"])).vectors) == 1
        assert engine.busy == 0

    asyncio.run(scene())


def test_a_computation_that_is_cancelled_frees_its_slot() -> None:
    engine = MockAdapter(MockBehaviour(slots=1, ms_per_token=0, faults=(MockFault("stall"),)))

    async def scene() -> None:
        stalled = asyncio.ensure_future(engine.rerank("q", ["x"]))
        await asyncio.sleep(0)
        with pytest.raises(EngineFailure) as failure:
            await engine.embed(["x"])
        assert failure.value.kind is FailureKind.BUSY
        stalled.cancel()
        await asyncio.wait([stalled])
        assert await engine.wait_idle(lambda: 0)
        assert len((await engine.embed(["x"])).vectors) == 1

    asyncio.run(scene())
