"""SIGINT and SIGTERM, once and again: the first is to cancel the task, the second ends the command."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Tells of the first interrupt. Made within the event loop that waits for it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._first = asyncio.Event()
        self._task = asyncio.current_task()
        self.left = False

    @property
    def came(self) -> bool:
        """Whether there was one."""
        return self._first.is_set()

    async def wait(self) -> None:
        """Return once there was one."""
        await self._first.wait()

    async def within(self, seconds: float) -> bool:
        """Wait so long for one; tell whether it came."""
        try:
            async with asyncio.timeout(seconds):
                await self._first.wait()
        except TimeoutError:
            return False
        return True

    def raise_one(self) -> None:
        """Take something else for the first interrupt."""
        self._first.set()

    def _leave(self) -> None:
        self.left = True
        if self._task is not None:
            self._task.cancel()

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Take the signals to mean this; the second cancels the current task, and `left` tells why.

        A third raises KeyboardInterrupt, for a write that blocks the loop.
        """
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        seen: list[int] = []

        def handle(number: int, frame: FrameType | None) -> None:
            seen.append(number)
            if len(seen) > 2:
                raise KeyboardInterrupt
            self._loop.call_soon_threadsafe(self._first.set if len(seen) == 1 else self._leave)

        try:
            for number in before:
                signal.signal(number, handle)
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
