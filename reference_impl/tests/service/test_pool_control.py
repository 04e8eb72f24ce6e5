"""What becomes of tasks, slots and answers when a pool is reloaded."""

import asyncio

import pytest

from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.pools.states import WorkerState
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.worker_states import EngineFacts
from orchqueue_contract.errors import ErrorCode

ONE_SLOT = EngineFacts("test-1", 1, 4096, model="tiny")


def last(events):
    _, name, data = events[-1]
    return name, data.get("code")


async def serves(stage, model) -> None:
    """The operator of the engine brings it another model, and the pool is reloaded to it."""
    stage.engines["w0"].facts = EngineFacts("test-1", 1, 4096, model=model)
    await stage.service.control.reload("pool", model, "corr")


@pytest.mark.requirement("OC-POOL-3041")
def test_who_waits_for_a_model_that_is_gone_is_told_and_reaches_no_engine(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(5, every_ms=1_000)]
        stage.engines["w0"].facts = ONE_SLOT
        await asyncio.sleep(2)
        await stage.submit(1)
        await stage.submit(2)
        await asyncio.sleep(1)
        await serves(stage, "other")
        assert last(await stage.read(2)) == ("error", ErrorCode.POOL_UNAVAILABLE)
        assert last(await stage.read(1)) == ("end", None)
        assert len(stage.engines["w0"].requests) == 1

    play(scene, model="tiny")


@pytest.mark.requirement("OC-POOL-3041")
def test_a_pool_without_a_model_takes_any_after_a_reload_too(play) -> None:
    async def scene(stage) -> None:
        await serves(stage, "other")
        await asyncio.sleep(1)  # the worker that was replaced gives up the adapter that both have here
        await stage.submit(1)
        assert last(await stage.read(1)) == ("end", None)

    play(scene)


@pytest.mark.requirement("OC-POOL-3043")
def test_nobody_is_warned_of_what_was_asked_for(play) -> None:
    async def scene(stage) -> None:
        stage.service.control.drain("pool", 60_000, "corr")
        (line,) = stage.events("worker.unready")
        assert (line["level"], "reason" in line) == ("info", False)

    play(scene)


@pytest.mark.requirement("OC-POOL-3006")
@pytest.mark.parametrize("operation", ["drain", "reload"])
def test_nothing_is_stopped_for_what_a_pool_may_not_start(play, script, operation) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(50, every_ms=100), script.tokens(3)]
        stage.engines["w0"].facts = ONE_SLOT
        await asyncio.sleep(2)
        await stage.submit(1, priority="batch", max_tokens=50)
        await asyncio.sleep(1)
        if operation == "drain":
            await stage.submit(2)
            stage.service.control.drain("pool", 8_000, "corr")
        else:
            await serves(stage, "other")
            await stage.submit(2, model_ref="other")
        await asyncio.sleep(0.01)
        assert last(await stage.read(1)) == ("end", None)
        assert stage.value("preemptions_total") == 0
        await stage.read(2)

    play(
        scene,
        model="tiny",
        preemption=PreemptionRules("hard", per_minute=3),
        interactive_first_token_ms=1,
        features={"interruptible_decode": True},
    )


@pytest.mark.requirement("OC-POOL-3007")
def test_what_a_replaced_worker_runs_is_its_own_though_nobody_hears_of_it(play, script) -> None:
    async def scene(stage) -> None:
        engine = stage.engines["w0"]
        engine.scripts, engine.facts = [script.tokens(20, every_ms=1_000)], ONE_SLOT
        await asyncio.sleep(2)
        await stage.submit(1)
        await asyncio.sleep(1)
        await serves(stage, "other")
        engine.probe_failure = EngineFailure(FailureKind.UNREACHABLE, "the engine is away")
        await asyncio.sleep(12)
        assert (stage.value("active_leases"), engine.users) == (1, 2)  # nobody has closed its connections
        assert last(await stage.read(1)) == ("end", None)
        await asyncio.sleep(0.01)
        assert (stage.value("active_leases"), engine.users) == (0, 1)

    play(scene, model="tiny", heartbeat_interval_ms=5_000)


@pytest.mark.requirement("OC-POOL-3006")
@pytest.mark.parametrize("question", ["probe", "prove"])
def test_a_drain_in_the_moment_of_an_answer_stops_a_worker_that_loads(play, question) -> None:
    async def scene(stage) -> None:
        engine, answer = stage.engines["w0"], getattr(stage.engines["w0"], question)

        async def drained(*given):
            told = await answer(*given)
            stage.service.control.drain("pool", 60_000, "corr")
            return told

        engine.probe_failure = EngineFailure(FailureKind.NOT_READY, "the engine loads its model")
        await asyncio.sleep(12)
        setattr(engine, question, drained)
        engine.probe_failure = None
        await asyncio.sleep(12)
        assert stage.service.pools["pool"].state is WorkerState.STOPPED

    play(scene, heartbeat_interval_ms=5_000)
