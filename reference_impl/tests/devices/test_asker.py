"""Questions to a driver that may never answer."""

import asyncio
import threading

import pytest

from orchestratord.devices import DeviceError, DriverThread


def test_questions_are_answered_in_a_thread_of_their_own() -> None:
    async def scene() -> None:
        asker = DriverThread()
        assert await asker.ask(threading.get_ident) != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await asker.ask(lambda: 1 // 0)
        assert await asker.ask(lambda: 7) == 7
        asker.close()

    asyncio.run(scene())


def test_nobody_waits_behind_a_question_that_is_not_answered() -> None:
    async def scene() -> None:
        asker, answer = DriverThread(), threading.Event()
        late = asyncio.create_task(asker.ask(lambda: answer.wait(30)))
        await asyncio.sleep(0)
        with pytest.raises(DeviceError, match="not answered yet"):
            await asker.ask(lambda: 1)
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        with pytest.raises(DeviceError):
            await asker.ask(lambda: 1)
        answer.set()
        async with asyncio.timeout(30):
            while True:
                try:
                    assert await asker.ask(lambda: 2) == 2
                except DeviceError:
                    await asyncio.sleep(0)
                else:
                    break
        asker.close()

    asyncio.run(scene())


def test_a_driver_that_hangs_keeps_no_process_from_ending() -> None:
    answer = threading.Event()

    async def scene() -> None:
        asker = DriverThread()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asker.ask(lambda: answer.wait(30))
        asker.close()

    asyncio.run(scene())
    threads = [one for one in threading.enumerate() if one.name == "devices"]
    assert all(one.daemon for one in threads)
    answer.set()
    for one in threads:
        one.join(30)
        assert not one.is_alive()
