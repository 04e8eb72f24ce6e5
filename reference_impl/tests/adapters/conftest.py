"""What the tests of adapters share: each adapter with a scripted engine of its own format."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from orchestratord.adapters import ADAPTERS, AdapterPlan, EngineAdapter, Finished, GenerateRequest, Generation
from orchestratord.core.engine_failures import EngineFailure
from orchestratord.core.sampling import SamplerProfile
from orchqueue.kit import ScriptedEngine

FORMATS = ("llamacpp", "vllm", "tgi", "triton", "openai")
REQUEST = GenerateRequest("hello", 5, 1, SamplerProfile(), reuse_cache=True)


@dataclass
class Heard:
    """What a generation gave."""

    texts: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    finished: Finished | None = None

    @property
    def text(self) -> str:
        return "".join(self.texts)


class Bench:
    """An engine that one format plays, and adapters made for it."""

    def __init__(self, engine: ScriptedEngine) -> None:
        self.engine = engine
        self.format = engine.format
        self.request = REQUEST
        self.plan = AdapterPlan(
            engine.url, connect_ms=2000, probe_ms=2000, model=engine.model, slots=2, ctx=4096
        )

    def run(self, scene: Callable[[EngineAdapter], Awaitable[None]], **changed: object) -> None:
        """Play a scene with an adapter that has asked its engine who it is; nothing may be left of it,
        neither tasks nor connections.
        """

        async def play() -> None:
            async with self.adapter(replace(self.plan, **changed)) as one:  # type: ignore[arg-type]
                await one.probe()
                await scene(one)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left

        asyncio.run(play())
        assert self.engine.wait_for(lambda: self.engine.connections == 0)

    @asynccontextmanager
    async def adapter(self, plan: AdapterPlan | None = None) -> AsyncIterator[EngineAdapter]:
        one = ADAPTERS[self.format](plan or self.plan)
        try:
            yield one
        finally:
            await one.close()
            await asyncio.sleep(0)  # lets the closed transports go

    async def generate(self, one: EngineAdapter, request: GenerateRequest = REQUEST) -> Heard:
        """Run a completion to its end."""
        return await self.hear(one.generation(request))

    @staticmethod
    async def hear(generation: Generation) -> Heard:
        """Read a completion to its end."""
        heard = Heard()
        async with aclosing(generation.chunks()) as chunks:
            async for chunk in chunks:
                assert all(chunk.texts), "an empty text is none"
                assert heard.finished is None, "nothing follows the end"
                heard.texts += chunk.texts
                heard.counts += [] if chunk.tokens_out is None else [chunk.tokens_out]
                heard.finished = chunk.finished
        return heard

    async def failure_of(self, one: EngineAdapter, request: GenerateRequest = REQUEST) -> EngineFailure:
        """How a completion fails."""
        with pytest.raises(EngineFailure) as failure:
            await self.generate(one, request)
        return failure.value


@pytest.fixture(scope="session")
def benches() -> Iterator[dict[str, Bench]]:
    engines = {name: ScriptedEngine(format=name, slots=2, ms_per_token=1.0).start() for name in FORMATS}
    yield {name: Bench(engine) for name, engine in engines.items()}
    for engine in engines.values():
        engine.stop()


@pytest.fixture(params=FORMATS)
def bench(request: pytest.FixtureRequest, benches: dict[str, Bench]) -> Iterator[Bench]:
    one = benches[request.param]
    yield one
    one.engine.reset()
