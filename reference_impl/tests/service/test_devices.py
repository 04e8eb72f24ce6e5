"""Workers and the devices that they claim: where tasks go, what is refused, and what becomes of failures."""

import asyncio

import pytest

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.pools.backoff import Backoff
from orchestratord.core.pools.devices import Device, Reading
from orchestratord.core.pools.objective_breaker import ObjectiveRules
from orchqueue_contract.errors import ErrorCode

FIRST, SECOND = Device(0, 24_000), Device(1, 8_000)
PAUSES = Backoff(100, 7_000)


async def refusal(stage, number, **changes) -> OrchestratorError:
    with pytest.raises(OrchestratorError) as refused:
        await stage.submit(number, **changes)
    return refused.value


def kinds(events) -> list[str]:
    return [event for _, event, _ in events]


async def ready(stage) -> None:
    """Until the next looks at devices and engines have been taken."""
    await asyncio.sleep(3)
    assert stage.value("pool_ready") == 1


@pytest.mark.requirement("OC-POOL-3012")
@pytest.mark.requirement("ORCH-3018")
def test_a_pool_without_its_devices_says_so_until_they_come(play, script) -> None:
    machine = script.Machine(FIRST)

    async def scene(stage) -> None:
        error = await refusal(stage, 1)
        assert (error.code, error.retry_after_ms) == (ErrorCode.POOL_UNAVAILABLE, 7_700)
        health = stage.service.pool_health("pool")
        assert (health.ready, health.last_error) == (False, "device 1 is not there")
        assert stage.engines["w0"].requests == []
        machine.there[1] = SECOND
        await ready(stage)
        await stage.submit(2)
        assert kinds(await stage.read(2))[-1] == "end"
        assert stage.value("worker_restarts_total") == stage.value("driver_resets_total") == 0

    play(scene, machine=machine, claims=[{"devices": (0, 1)}], restart=PAUSES)


@pytest.mark.requirement("OC-POOL-3012")
def test_a_pool_that_lacks_the_devices_of_one_worker_serves_on_the_other(play, script) -> None:
    async def scene(stage) -> None:
        await stage.submit(1)
        events = await stage.read(1)
        assert events[0][2]["replica_id"] == "w1"

    play(scene, machine=script.Machine(SECOND), claims=[{"devices": (0,)}, {"devices": (1,)}])


@pytest.mark.requirement("ORCH-3018")
def test_devices_that_nobody_can_tell_of_are_not_there(play, script) -> None:
    machine = script.Machine(FIRST)
    machine.broken = "the driver of the GPUs does not work"

    async def scene(stage) -> None:
        error = await refusal(stage, 1)
        assert error.code is ErrorCode.POOL_UNAVAILABLE
        assert "the driver of the GPUs does not work" in error.message
        assert len(stage.events("devices.unknown")) == 1
        machine.broken = None
        await ready(stage)
        machine.broken = "it has gone away again"
        await asyncio.sleep(5)
        assert (
            stage.value("pool_ready") == 1
        )  # what was there is taken to be there until somebody knows better

    play(scene, machine=machine, claims=[{"devices": (0,)}])


@pytest.mark.requirement("OC-POOL-3010")
@pytest.mark.requirement("ORCH-3038")
def test_a_lost_device_takes_its_workers_out_and_gives_them_back(play, script) -> None:
    machine = script.Machine(FIRST, SECOND)

    async def scene(stage) -> None:
        del machine.there[0]
        await asyncio.sleep(1.5)
        assert [line["reason"] for line in stage.events("worker.unready")][:2] == ["device 0 is lost"] * 2
        health = stage.service.pool_health("pool")
        assert (health.ready, health.last_error) == (False, "device 0 is not there")
        error = await refusal(stage, 1)
        assert (error.code, "device 0 is not there" in error.message) == (ErrorCode.POOL_UNAVAILABLE, True)
        assert stage.value("driver_resets_total", reason="reset") == 1
        await asyncio.sleep(10)
        machine.there[0] = FIRST
        await ready(stage)
        assert stage.value("driver_resets_total") == 1
        assert [line["missing"] for line in stage.events("devices.seen")] == [[], [0], []]

    # Two workers lie on it, and it is one event.
    play(scene, machine=machine, claims=[{"devices": (0,)}, {"devices": (0,)}], restart=PAUSES)


@pytest.mark.requirement("ORCH-3053")
def test_an_ecc_error_is_told_apart_and_the_worker_begins_anew(play, script) -> None:
    machine = script.Machine(FIRST, SECOND)
    machine.readings = {0: Reading(ecc_errors=7), 1: Reading(ecc_errors=0)}

    async def scene(stage) -> None:
        machine.readings[0] = Reading(ecc_errors=8)
        await asyncio.sleep(1.5)
        assert [line["reason"] for line in stage.events("worker.unready")] == [
            "device 0 had an uncorrected ECC error"
        ]
        await stage.submit(1)
        assert (await stage.read(1))[0][2]["replica_id"] in {"w0", "w1"}
        await asyncio.sleep(5)
        assert stage.value("driver_resets_total", reason="ecc") == stage.value("driver_resets_total") == 1
        assert len(stage.events("worker.ready")) == 3

    play(scene, machine=machine, claims=[{"devices": (0,)}, {"devices": (1,)}], restart=PAUSES)


@pytest.mark.requirement("ORCH-1101")
def test_another_device_in_its_place_is_not_the_one_that_was_meant(play, script) -> None:
    machine = script.Machine(Device(0, 24_000, "GPU-a"), Device(1, 24_000, "GPU-b"))

    async def scene(stage) -> None:
        machine.there = {0: Device(0, 24_000, "GPU-b")}
        await asyncio.sleep(1.5)
        assert (await refusal(stage, 1)).code is ErrorCode.POOL_UNAVAILABLE

    play(scene, machine=machine, claims=[{"devices": (0,)}])


@pytest.mark.requirement("OC-CORE-1012")
@pytest.mark.requirement("ORCH-1103")
def test_the_replica_with_the_most_free_memory_gets_the_task(play, script) -> None:
    machine = script.Machine(FIRST, SECOND)
    machine.readings = {0: Reading(used_bytes=20_000), 1: Reading(used_bytes=1_000)}

    async def scene(stage) -> None:
        await stage.submit(1)
        assert (await stage.read(1))[0][2]["replica_id"] == "w1"
        machine.readings = {0: Reading(used_bytes=2_000), 1: Reading(used_bytes=1_000)}
        await asyncio.sleep(1.5)
        await stage.submit(2, session_id="00000000-0000-4000-8000-000000000002")
        assert (await stage.read(2))[0][2]["replica_id"] == "w0"
        assert stage.value("vram_used_bytes", device="0", replica_id="w0") == 2_000

    play(scene, machine=machine, claims=[{"devices": (0,)}, {"devices": (1,)}])


@pytest.mark.requirement("ORCH-3013")
def test_of_equals_the_one_that_lies_near_gets_the_task(play, script) -> None:
    machine = script.Machine(Device(0, 8_000, numa_node=0), Device(1, 8_000, numa_node=1))

    async def scene(stage) -> None:
        await stage.submit(1)
        assert (await stage.read(1))[0][2]["replica_id"] == "w1"

    claims = [{"devices": (0,), "numa_node": 1}, {"devices": (1,), "numa_node": 1}]
    play(scene, machine=machine, claims=claims)


@pytest.mark.requirement("OC-POOL-3022")
@pytest.mark.requirement("ORCH-3052")
def test_a_worker_holds_no_more_than_its_smallest_device_allows(play, script) -> None:
    async def scene(stage) -> None:
        # Half of 2,000 on each leaves 7,000 on the lesser, so 14,000 together, and 7,000 beside the reserve.
        error = await refusal(stage, 1, max_tokens=69)
        assert (error.code, error.details[0].pointer) == (ErrorCode.INVALID_PARAMS, "/max_tokens")
        engine = stage.engines["w0"]
        engine.facts = script.EngineFacts("test-1", 4, 4096)
        await asyncio.sleep(1.5)
        engine.scripts = [script.tokens(3, every_ms=100)]
        for number in (2, 3, 4):
            await stage.submit(number, max_tokens=30)  # 32 tokens each, of 70
        await asyncio.sleep(0.05)
        assert engine.open == 2
        assert stage.service.pool_health("pool").slots_free == 2
        for number in (2, 3, 4):
            assert kinds(await stage.read(number))[-1] == "end"
        assert engine.most_open == 2
        await stage.submit(5, max_tokens=68)
        assert kinds(await stage.read(5))[-1] == "end"

    play(
        scene,
        machine=script.Machine(FIRST, SECOND),
        claims=[{"devices": (0, 1), "memory_bytes": 2_000, "tensor_split": (0.5, 0.5)}],
        kv_bytes_per_token=100,
        kv_reserved=0.5,
    )


@pytest.mark.requirement("OC-POOL-3022")
def test_what_cools_down_still_holds_its_memory(play, script) -> None:
    async def scene(stage) -> None:
        engine = stage.engines["w0"]
        engine.scripts, engine.idle_after_ms = [script.tokens(1_000, every_ms=10)], 500
        await stage.submit(1, max_tokens=60)
        await asyncio.sleep(0.1)
        stage.cancel(1)
        engine.scripts = [script.tokens(3)]
        await stage.submit(2, max_tokens=60)
        await asyncio.sleep(0.4)
        assert engine.most_open == 1
        assert kinds(await stage.read(2))[-1] == "end"

    play(
        scene,
        machine=script.Machine(SECOND),
        claims=[{"devices": (1,)}],
        kv_bytes_per_token=100,
    )


@pytest.mark.requirement("ORCH-3040")
def test_a_long_breach_sheds_batch_tasks_until_it_is_over(play, script) -> None:
    async def scene(stage) -> None:
        engine = stage.engines["w0"]
        engine.scripts = [script.tokens(1, every_ms=100)]
        await stage.submit(1)
        assert kinds(await stage.read(1))[-1] == "end"
        await stage.submit(2, priority="batch")
        assert stage.value("circuit_breaker_state", kind="objective") == 0
        await asyncio.sleep(1.1)
        assert stage.value("circuit_breaker_state", kind="objective") == 2
        error = await refusal(stage, 3, priority="batch")
        assert (error.code, error.policy_label) == (ErrorCode.ADMISSION_REJECT, "shed-low-priority")
        engine.scripts = [script.tokens(1)]
        for number in range(4, 30):
            await stage.submit(number)
            assert kinds(await stage.read(number))[-1] == "end"
        await asyncio.sleep(0.1)
        assert (await refusal(stage, 30, priority="batch")).retry_after_ms <= 2_400
        await asyncio.sleep(2.2)
        await stage.submit(31, priority="batch")
        assert stage.value("circuit_breaker_state", kind="objective") == 0
        assert [line["event"] for line in stage.lines if line["event"].startswith("pool.shedding")] == [
            "pool.shedding",
            "pool.shedding-over",
        ]

    play(scene, interactive_first_token_ms=50, shedding=ObjectiveRules(1_000, 2_000))
