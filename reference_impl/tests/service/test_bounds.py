"""What bounds the service against floods and time: what is kept of ended tasks, and grace cut short."""

import asyncio

import pytest

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.watchdog import WatchdogLimits
from orchestratord.service import StreamsPlan
from orchestratord.service.kept import TASK_BYTES
from orchqueue_contract.errors import ErrorCode


async def is_kept(stage, number: int) -> bool:
    try:
        return bool(await stage.read(number))
    except OrchestratorError as gone:
        return gone.code is not ErrorCode.NOT_FOUND


@pytest.mark.requirement("OC-CTRL-2017")
def test_what_ended_first_is_forgotten_first_when_room_is_needed(play) -> None:
    async def scene(stage) -> None:
        for number in range(6):
            await stage.submit(number)
            await stage.read(number)
        # Four tasks of six events each fill the room, and no fifth has a place beside them.
        assert [await is_kept(stage, number) for number in range(6)] == [False, False, True, True, True, True]
        (line,) = stage.events("tasks.forgotten-early")
        assert line["count"] == 1
        again = await stage.submit(0, prompt="another")
        assert again.spec.prompt == "another"
        await asyncio.sleep(61)
        await stage.submit(6)
        await stage.read(6)
        assert [line["count"] for line in stage.events("tasks.forgotten-early")] == [1, 3]

    play(scene, streams=StreamsPlan(max_bytes=4096, total_bytes=4 * TASK_BYTES + 6_000))


@pytest.mark.requirement("OC-CTRL-2017")
def test_what_was_counted_of_a_task_is_given_back_when_it_is_forgotten(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(200), script.tokens(3)]
        job = await stage.submit(0, max_tokens=200)
        job.log.hold(0)  # a reader that waits keeps all events, and lets go of them after the end
        await stage.told(0)
        job.log.release(0)
        await asyncio.sleep(3_600)
        for number in range(1, 5):
            await stage.submit(number)
            await stage.read(number)
        assert all([await is_kept(stage, number) for number in range(1, 5)])
        assert not stage.events("tasks.forgotten-early")

    play(scene, streams=StreamsPlan(max_bytes=4096, total_bytes=4 * TASK_BYTES + 6_000))


@pytest.mark.requirement("OC-CTRL-2017")
def test_the_latest_is_kept_whatever_it_takes(play) -> None:
    async def scene(stage) -> None:
        for number in range(3):
            await stage.submit(number)
            await stage.read(number)
        assert [await is_kept(stage, number) for number in range(3)] == [False, False, True]

    play(scene, streams=StreamsPlan(max_bytes=1024, total_bytes=1024))


@pytest.mark.requirement("OC-CTRL-2017")
def test_tasks_that_have_not_ended_are_not_forgotten(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(5, every_ms=1000), script.tokens(1)]
        await stage.submit(1)
        reading = asyncio.ensure_future(stage.read(1))
        for number in range(2, 9):
            await stage.submit(number)
            await stage.read(number)
        assert (await reading)[-1][1] == "end"

    play(scene, streams=StreamsPlan(max_bytes=1024, total_bytes=1024))


@pytest.mark.requirement("OC-CTRL-2017")
@pytest.mark.requirement("OC-CTRL-2019")
def test_a_slow_reader_does_not_keep_what_is_forgotten(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(200)]
        job = await stage.submit(1)
        await stage.read(1)
        slow, quick = (stage.service.follow(job.key, None, "key") for _ in range(2))
        first = await anext(slow)
        whole = b"".join([piece async for piece in quick])
        await asyncio.sleep(1.1)
        assert job.log.size == 0
        with pytest.raises(OrchestratorError) as gone:
            await anext(slow)
        assert gone.value.code is ErrorCode.EVENTS_GONE
        assert len(first) < 2000 < len(whole)
        slow.close()

    play(scene, streams=StreamsPlan(retain_ms=1000, piece_bytes=1000))


@pytest.mark.requirement("OC-CTRL-2018")
@pytest.mark.requirement("OC-CTRL-2019")
def test_a_slow_reader_holds_up_nobody_and_is_cut_off_where_a_gap_would_be(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(200)]
        job = await stage.submit(1)
        slow = stage.service.follow(job.key, None, "key")
        first = await anext(slow)
        whole = await stage.read(1)
        assert [event[0] for event in whole] == list(range(len(whole)))
        assert job.log.first_id > first.count(b"\nevent: ")
        with pytest.raises(OrchestratorError) as gone:
            await anext(slow)
        assert gone.value.code is ErrorCode.EVENTS_GONE
        assert f"Events before {job.log.first_id} " in gone.value.message
        slow.close()

    play(scene, streams=StreamsPlan(max_bytes=2048, piece_bytes=1000))


def test_time_still_forgets_what_room_has_not(play) -> None:
    async def scene(stage) -> None:
        for number in range(3):
            await stage.submit(number)
            await stage.read(number)
        await asyncio.sleep(1.1)
        assert not any([await is_kept(stage, number) for number in range(3)])
        for number in range(3):
            await stage.submit(number)
            await stage.read(number)
        assert await is_kept(stage, 1)

    play(scene, streams=StreamsPlan(retain_ms=1000, max_bytes=1024, total_bytes=2 * TASK_BYTES + 4000))


def ended_with(events) -> str:
    return events[-1][2].get("code") or events[-1][2]["finish_reason"]


@pytest.mark.requirement("OC-CTRL-2070")
def test_who_was_accepted_at_the_last_moment_has_the_time_to_read(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(20, every_ms=1)]
        for number in range(3):
            await stage.submit(number, max_tokens=20)
        begun = asyncio.get_running_loop().time()
        stopping = asyncio.ensure_future(stage.service.shutdown())
        await asyncio.sleep(1)
        assert not stopping.done()
        told = [ended_with(await stage.read(number)) for number in range(3)]
        assert told == ["length", "length", "POOL_UNAVAILABLE"]
        await stopping
        assert asyncio.get_running_loop().time() - begun < 1.1

    play(scene)


@pytest.mark.requirement("OC-CTRL-2070")
@pytest.mark.parametrize(
    ("how", "least_s", "most_s"), [("", 3, 3.1), ("canceled", 0, 0.2), ("hurried", 1, 1.1)]
)
def test_a_stop_waits_for_readers_and_not_for_ever(play, script, how, least_s, most_s) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(20, every_ms=1)]
        await stage.submit(1, max_tokens=20)
        begun = asyncio.get_running_loop().time()
        stopping = asyncio.ensure_future(stage.service.shutdown())
        await asyncio.sleep(0.01)
        if how == "canceled":
            assert stage.cancel(1) == "canceled-running"
            await stage.told(1)
        if how == "hurried":
            asyncio.get_running_loop().call_later(1, stage.service.hurry)
        await stopping
        assert least_s <= asyncio.get_running_loop().time() - begun <= most_s

    play(scene, flush_ms=3000)


@pytest.mark.requirement("OC-CTRL-2072")
def test_a_hurried_stop_grants_no_more_grace_and_every_stream_its_end(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[*script.tokens(3, every_ms=1, end=False), script.Step(forever=True)]]
        await stage.submit(1)
        reading = asyncio.ensure_future(stage.read(1))
        await asyncio.sleep(0.1)
        begun = asyncio.get_running_loop().time()
        stopping = asyncio.ensure_future(stage.service.shutdown())
        await asyncio.sleep(5)
        assert not stopping.done()
        stage.service.hurry()
        await stopping
        assert asyncio.get_running_loop().time() - begun < 10
        assert [event[1] for event in await reading][-1:] == ["error"]
        assert (await reading)[-1][2]["code"] == "POOL_UNAVAILABLE"

    play(scene, grace_ms=3_600_000, watchdog=WatchdogLimits(idle_ms=3_600_000))
