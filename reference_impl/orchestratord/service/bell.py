"""Waking those who wait for news of a task.

A ring that nobody waits for is forgotten: look at the state first, then wait.
"""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

Hear: TypeAlias = Callable[[], bool]
"""Hears a ring at once; False wakes the one who waits."""


class Bell:
    """Many may wait, each with a limit; a ring wakes them all."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[bool], Hear | None] = {}

    def ring(self) -> None:
        """Wake everyone who waits now, and has not heard it at once."""
        for waiter, hear in self._waiting.items():
            if not waiter.done() and (hear is None or not hear()):
                waiter.set_result(True)

    async def wait(self, limit_s: float, hear: Hear | None = None) -> bool:
        """Until the next ring that nobody hears at once, or False after so many seconds."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        self._waiting[waiter] = hear
        timer = loop.call_later(limit_s, _give_up, waiter)
        try:
            return await waiter
        finally:
            timer.cancel()
            del self._waiting[waiter]


def _give_up(waiter: "asyncio.Future[bool]") -> None:
    if not waiter.done():
        waiter.set_result(False)
