"""The slots of an engine: how many run, who waits, and who is next. A table without I/O."""

import asyncio
import heapq
import itertools


class Slots:
    """Hands out slot numbers, the lowest priority first, in order of asking. Used from one event loop."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._free = list(range(total))
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[int]]] = []

    @property
    def busy(self) -> int:
        """How many slots work."""
        return self.total - len(self._free)

    @property
    def waiting(self) -> int:
        """How many requests wait for a slot."""
        return len(self._waiting)

    async def take(self, priority: int = 0) -> int:
        """Return a free slot's number, waiting for one; a cancelled wait takes none."""
        if self._free and not self._waiting:
            return self._free.pop(0)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        entry = priority, next(self._order), future
        heapq.heappush(self._waiting, entry)
        try:
            return await future
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
            elif future.done() and not future.cancelled():
                self.give(future.result())  # it was handed over in the moment of leaving
            raise

    def give(self, slot: int) -> None:
        """Return a slot: to the first who waits, or to the free ones."""
        while self._waiting:
            *_, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(slot)
                return
        self._free.append(slot)
        self._free.sort()
