"""Work that would keep the event loop: carried out by threads, and to its end even when nobody waits any
more.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

THREADS = 4


class Threads:
    """A few threads of the server's own."""

    def __init__(self, name: str, count: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(count, name)
        self._running: set[asyncio.Task[object]] = set()

    async def run(self, call: Callable[[], T]) -> T:
        """What the call answers or raises. A caller that is cancelled does not stop it."""

        async def carry_out() -> T:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)

        task = asyncio.create_task(carry_out())
        self._running.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def settled(self) -> None:
        """Until everything that was begun is done."""
        while self._running:
            await asyncio.wait(self._running)

    def close(self) -> None:
        """Begin nothing any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _done(self, task: "asyncio.Task[object]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits gets it; nobody may be left to
