"""Embeddings and ranks: which engines make them is found out, and what they make is checked."""

import asyncio

import pytest

from orchestratord.adapters import EngineAdapter
from orchestratord.adapters.link import EngineLink
from orchestratord.adapters.vectors import Abilities
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchqueue.kit import EngineScript
from orchqueue.kit.engine.pooling import score, vector

SERVES = {
    "llamacpp": {"completion", "embedding", "rerank"},
    "vllm": {"completion", "embedding", "rerank"},
    "openai": {"completion", "embedding"},
    "tgi": {"completion"},
    "triton": {"completion"},
}


def test_what_an_engine_serves_is_found_out_once(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        facts = await one.probe()
        assert (facts.workloads or one.workloads) == SERVES[bench.format]
        bench.engine.reset()
        await one.probe()
        assert bench.engine.work == []

    bench.run(scene)


def test_vectors_come_for_each_text(bench) -> None:
    if "embedding" not in SERVES[bench.format]:
        return

    async def scene(one: EngineAdapter) -> None:
        found = await one.embed(["one", "two"])
        assert [list(each) for each in found.vectors] == [vector("one"), vector("two")]
        assert found.tokens_in == bench.engine.work[-1].ask.prompt_tokens

    bench.run(scene)


def test_ranks_come_in_the_order_of_the_texts(bench) -> None:
    if "rerank" not in SERVES[bench.format]:
        return
    texts = [f"text {number}" for number in range(5)]

    async def scene(one: EngineAdapter) -> None:
        found = await one.rerank("query", texts)
        assert list(found.scores) == [score("query", text) for text in texts]

    bench.run(scene)


def test_what_an_engine_does_not_do_is_refused(bench) -> None:
    async def scene(one: EngineAdapter) -> None:
        for workload, asked in (("embedding", one.embed(["x"])), ("rerank", one.rerank("q", ["x"]))):
            if workload in SERVES[bench.format]:
                asked.close()
                continue
            with pytest.raises(EngineFailure) as failure:
                await asked
            assert failure.value.kind is FailureKind.REFUSED

    bench.run(scene)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (EngineScript(busy=True), FailureKind.BUSY),
        (EngineScript(error_status=400), FailureKind.REFUSED),
        (EngineScript(error_after=0), FailureKind.FAULT),
        (EngineScript(cut_after=0), FailureKind.BROKEN),
        (EngineScript(malformed_after=0), FailureKind.MALFORMED),
        (EngineScript(override={"data.1.index": 0, "results.1.index": 0}), FailureKind.MALFORMED),
        (EngineScript(override={"data": [], "results": []}), FailureKind.MALFORMED),
        (EngineScript(override={"data.0.embedding": "text", "results.0.index": -1}), FailureKind.MALFORMED),
    ],
    ids=["busy", "refused", "failed", "cut", "no-json", "twice", "none", "mistyped"],
)
def test_failures(bench, script, kind) -> None:
    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(script, script)
        for workload, asked in (
            ("embedding", one.embed(["a", "b"])),
            ("rerank", one.rerank("q", ["a", "b"])),
        ):
            if workload not in SERVES[bench.format]:
                asked.close()
                continue
            with pytest.raises(EngineFailure) as failure:
                await asked
            assert failure.value.kind is kind

    bench.run(scene)


def test_numbers_that_are_none_are_refused(bench) -> None:
    if "embedding" not in SERVES[bench.format]:
        return
    huge = '{"data": [{"index": 0, "embedding": [1e999]}]}'

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(malformed_after=0, malformed=huge))
        with pytest.raises(EngineFailure) as failure:
            await one.embed(["a"])
        assert failure.value.kind is FailureKind.MALFORMED

    bench.run(scene)


@pytest.mark.requirement("OC-ADAPT-5083")
def test_cancelling_reaches_the_engine(bench) -> None:
    if "embedding" not in SERVES[bench.format]:
        return

    async def scene(one: EngineAdapter) -> None:
        bench.engine.script(EngineScript(stall_after=0))
        asked = asyncio.create_task(one.embed(["a"]))
        await asyncio.to_thread(bench.engine.require, lambda: bench.engine.slots_busy == 1, "no slot works")
        asked.cancel()
        await asyncio.wait([asked])
        assert await one.wait_idle(lambda: 0) is (bench.format != "openai")
        assert await asyncio.to_thread(bench.engine.wait_for, lambda: bench.engine.slots_busy == 0)

    bench.run(scene)


def test_another_version_is_asked_anew(bench) -> None:
    if bench.format not in {"llamacpp", "vllm"}:
        return

    async def scene(one: EngineAdapter) -> None:
        before = bench.engine.version
        bench.engine.reset()
        bench.engine.version = "another"
        try:
            await one.probe()
        finally:
            bench.engine.version = before
        asked = {request.path for request in bench.engine.requests if request.method == "POST"}
        assert asked == {"/v1/embeddings", "/v1/rerank"}

    bench.run(scene)


@pytest.mark.parametrize("taken", ["embedding", "rerank", "completion"])
def test_an_engine_is_proven_by_what_is_taken_of_it(benches, taken) -> None:
    bench = benches["vllm"]

    async def scene(one: EngineAdapter) -> None:
        assert one.workloads == {taken}
        bench.engine.reset()
        await one.prove(lambda: 0)
        assert {request.workload for request in bench.engine.work} == {taken}

    bench.run(scene, workloads=frozenset({taken}))
    bench.engine.reset()


def test_an_engine_without_the_routes_serves_completions_alone(benches) -> None:
    bench = benches["tgi"]  # it has none of OpenAI's routes for vectors

    async def scene() -> None:
        link = EngineLink(bench.plan)
        try:
            assert await Abilities(link, "embedding", "rerank").of(("1",), None) == frozenset()
        finally:
            await link.close()

    asyncio.run(scene())
