"""The slots of an engine: how many run, who waits, first come first served. A table without I/O."""

import asyncio
from collections import deque


class Slots:
    """Hands out slot numbers in order of asking. Used from one event loop."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._free = list(range(total))
        self._waiting: deque[asyncio.Future[int]] = deque()

    @property
    def busy(self) -> int:
        """How many slots work."""
        return self.total - len(self._free)

    @property
    def waiting(self) -> int:
        """How many requests wait for a slot."""
        return len(self._waiting)

    async def take(self) -> int:
        """Return a free slot's number, waiting for one; a cancelled wait takes none."""
        if self._free and not self._waiting:
            return self._free.pop(0)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            return await future
        except asyncio.CancelledError:
            if future in self._waiting:
                self._waiting.remove(future)
            elif future.done() and not future.cancelled():
                self.give(future.result())  # it was handed over in the moment of leaving
            raise

    def give(self, slot: int) -> None:
        """Return a slot: to the first who waits, or to the free ones."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(slot)
                return
        self._free.append(slot)
        self._free.sort()
