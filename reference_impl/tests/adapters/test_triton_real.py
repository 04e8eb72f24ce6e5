"""The adapter on Triton itself, with models that differ as its backends do."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from orchestratord.adapters import AdapterPlan, EngineAdapter, GenerateRequest
from orchestratord.adapters.triton import TritonAdapter
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.sampling import SamplerProfile
from orchqueue.kit.triton import RealTriton, TritonModel, TritonScript

MODELS = (
    TritonModel("tiny", slots=2),
    TritonModel("so-far", slots=1, cumulative=True),
    TritonModel("typed", slots=1, takes="inputs"),
    TritonModel("packed", slots=1, takes="sampling_parameters"),
)
SAMPLER = SamplerProfile("x", 0.25, 0.5, 7, 0.125)
REQUEST = GenerateRequest("Hello", 12, 4294967294, SAMPLER, reuse_cache=True)


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealTriton]:
    environment = Path(__file__).parents[3] / ".venv-triton"  # where `make triton` puts it
    with RealTriton(tmp_path_factory.mktemp("triton"), MODELS, environment=environment) as running:
        yield running


@asynccontextmanager
async def adapter(triton: RealTriton, model: str = "tiny") -> AsyncIterator[EngineAdapter]:
    triton.script(TritonScript(ms_per_token=1))
    plan = AdapterPlan(triton.url, 2000, 5000, model=model, slots=2, ctx=2048)
    one = TritonAdapter(replace(plan, metrics_url=f"{triton.metrics_url}/metrics"))
    try:
        await one.probe()
        yield one
    finally:
        await one.close()


async def said(one: EngineAdapter, request: GenerateRequest = REQUEST) -> list[str]:
    texts: list[str] = []
    async with aclosing(one.generation(request).chunks()) as chunks:
        async for chunk in chunks:
            texts += chunk.texts
            if chunk.finished:
                assert (chunk.finished.reason, chunk.finished.tokens_out) == ("length", request.max_tokens)
    return texts


async def failure(one: EngineAdapter) -> FailureKind:
    with pytest.raises(EngineFailure) as failed:
        await said(one)
    return failed.value.kind


@pytest.mark.requirement("OC-ADAPT-5070")
def test_it_says_what_it_is(triton) -> None:
    async def scene() -> None:
        async with adapter(triton) as one:
            facts = await one.probe()
            assert (facts.version, facts.slots, facts.ctx, facts.model) == ("2.51.0", 2, 2048, "tiny")
            await one.prove(lambda: 0)

    asyncio.run(scene())


@pytest.mark.requirement("OC-ADAPT-5060")
@pytest.mark.requirement("OC-ADAPT-5062")
@pytest.mark.parametrize("model", [model.name for model in MODELS])
def test_every_kind_of_model_is_asked_the_same_and_read_alike(triton, model) -> None:
    async def scene() -> None:
        async with adapter(triton, model) as one:
            texts = [await said(one) for _ in range(2)]
            assert "".join(texts[0]) == "".join(texts[1])
            assert len(texts[1]) == 12
            asked = triton.requests[-1]
            assert asked.prompt == "Hello"
            seed = asked.parameters.get("seed", asked.parameters.get("random_seed"))
            assert (asked.parameters["max_tokens"], seed) == (12, 4294967294)
            assert {name: round(asked.parameters[name], 6) for name in ("temperature", "top_p", "top_k")} == {
                "temperature": 0.25,
                "top_p": 0.5,
                "top_k": 7,
            }

    asyncio.run(scene())


@pytest.mark.requirement("OC-ADAPT-5061")
@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (TritonScript(fail_after=0), FailureKind.FAULT),
        (TritonScript(fail_after=3), FailureKind.STREAM_ERROR),
        (TritonScript(raise_after=3), FailureKind.STREAM_ERROR),
    ],
)
def test_failures(triton, script, kind) -> None:
    async def scene() -> None:
        async with adapter(triton) as one:
            triton.script(script)
            assert await failure(one) is kind

    asyncio.run(scene())


def test_a_model_that_is_not_there_is_not_ready(triton) -> None:
    async def scene() -> None:
        async with adapter(triton, "absent"):
            raise AssertionError("it was asked who it is before")

    with pytest.raises(EngineFailure) as failed:
        asyncio.run(scene())
    assert failed.value.kind is FailureKind.NOT_READY


@pytest.mark.requirement("OC-ADAPT-5083")
def test_a_cancel_reaches_the_model(triton) -> None:
    async def scene() -> None:
        async with adapter(triton) as one:
            triton.script(TritonScript(ms_per_token=5))
            async with aclosing(one.generation(replace(REQUEST, max_tokens=2000)).chunks()) as chunks:
                await anext(chunks)
            assert await asyncio.to_thread(triton.wait_for, lambda: triton.slots_busy == 0)
            assert triton.requests[-1].outcome == "cancelled"

    asyncio.run(scene())
