"""Keeps every worker of every pool tended, and passes on what is noticed about one."""

import asyncio
from collections.abc import Callable, Iterable

from orchestratord.service.hosting import ExternalHost, Host, ManagedHost
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.tending import Tender
from orchestratord.service.worker import Worker


class Supervisor:
    """One task of the event loop for each worker.

    `changed` is told of a pool whose readiness may have changed.
    """

    def __init__(self, ledger: Ledger, now_ms: Callable[[], float], chance: Callable[[], float]) -> None:
        self._ledger = ledger
        self._now_ms = now_ms
        self._chance = chance
        self._tenders: dict[Worker, Tender] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.changed: Callable[[Pool], None] = lambda _pool: None

    def start(self, pools: Iterable[Pool]) -> None:
        """Begin to tend."""
        for pool in pools:
            for worker in pool.workers.values():
                tender = self._tenders[worker] = self._tender(pool, worker)
                self._tasks.append(asyncio.get_running_loop().create_task(tender.run()))

    def _tender(self, pool: Pool, worker: Worker) -> Tender:
        host: Host = ExternalHost()
        if worker.plan.managed:
            host = ManagedHost(pool, worker, self._ledger, lambda _devices: ())
        return Tender(
            pool,
            worker,
            host,
            ledger=self._ledger,
            now_ms=self._now_ms,
            chance=self._chance,
            changed=self.changed,
        )

    async def first_round(self, limit_s: float) -> None:
        """Until each worker is ready or has been found not to be, at most so many seconds."""
        try:
            async with asyncio.timeout(limit_s):
                for tender in self._tenders.values():
                    await tender.answered.wait()
        except TimeoutError:
            return

    async def stop(self) -> None:
        """Tend no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def look_now(self, worker: Worker) -> None:
        """Ask a worker for its health without waiting for its interval."""
        if worker in self._tenders:
            self._tenders[worker].look_now()

    def failed(self, worker: Worker, reason: str) -> None:
        """A worker was found to have failed."""
        if worker in self._tenders:
            self._tenders[worker].failed(reason)
