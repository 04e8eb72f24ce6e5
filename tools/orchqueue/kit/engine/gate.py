"""Gates between a scenario and an engine's loop: one in memory, one that is a file for an engine in a process
of its own.

Opened once, a gate lets all waiters through.
"""

import asyncio
import threading
from pathlib import Path
from typing import Protocol

_LOOK_S = 0.005


class Waited(Protocol):
    """What holds requests until it opens."""

    async def wait(self) -> None:
        """Return once it is open."""


class FileGate:
    """Open as long as the file is there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def wait(self) -> None:
        """Return once the file is there."""
        while not self.path.exists():  # noqa: ASYNC110 - another process opens it
            await asyncio.sleep(_LOOK_S)


class Gate:
    """Holds requests until `release`.

    One gate may hold several requests, and releasing before they come is fine.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._released = False
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    @property
    def released(self) -> bool:
        """Whether requests pass."""
        return self._released

    def release(self) -> None:
        """Let through those who wait and those who will come. Safe to repeat, from any thread."""
        with self._lock:
            self._released = True
            # Under the lock a waiter cannot withdraw, so its loop still runs.
            for loop, future in self._waiters:
                loop.call_soon_threadsafe(_open, future)

    async def wait(self) -> None:
        """Return once the gate is open."""
        loop = asyncio.get_running_loop()
        waiter = loop, loop.create_future()
        with self._lock:
            if self._released:
                return
            self._waiters.append(waiter)
        try:
            await waiter[1]
        finally:
            with self._lock:
                self._waiters.remove(waiter)


def _open(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
