"""Lets one waiter through for each time that it is told to: an engine that is led token by token."""

import asyncio
import threading


class Turnstile:
    """Whoever waits passes once a place is let; one that is let before somebody comes is not lost.

    All methods may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places = 0
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    def let(self, count: int = 1) -> None:
        """Let so many through."""
        with self._lock:
            self._places += count
            # Under the lock a waiter cannot withdraw, so its loop still runs.
            for loop, future in self._waiters:
                loop.call_soon_threadsafe(_wake, future)

    async def wait(self) -> None:
        """Return once this one is let through."""
        loop = asyncio.get_running_loop()
        while True:
            waiter = loop, loop.create_future()
            with self._lock:
                if self._places:
                    self._places -= 1
                    return
                self._waiters.append(waiter)
            try:
                await waiter[1]
            finally:
                with self._lock:
                    self._waiters.remove(waiter)


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
