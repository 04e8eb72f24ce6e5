"""Keeps every worker tended, passes on what is noticed about one, and ends those that shall serve no more."""

import asyncio
from collections.abc import Callable, Iterable

from orchestratord.core.pool_view import Closed
from orchestratord.core.pools.breaker import BreakerState
from orchestratord.core.pools.exits import DriverEvent
from orchestratord.core.pools.states import WorkerState
from orchestratord.service.device_watch import DeviceWatch
from orchestratord.service.digests import ModelDigests
from orchestratord.service.hosting import CheckFile, ExternalHost, Host, ManagedHost
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.tending import Tender
from orchestratord.service.worker import Worker
from orchestratord.workers import Launcher


class Supervisor:
    """One task of the event loop for each worker.

    `changed` is told of a pool whose readiness may have changed.
    """

    def __init__(
        self,
        *,
        devices: DeviceWatch,
        digests: ModelDigests,
        launcher: Launcher,
        ledger: Ledger,
        now_ms: Callable[[], float],
        chance: Callable[[], float],
        check_file: CheckFile | None = None,
    ) -> None:
        self._devices = devices
        self._digests = digests
        self._launcher = launcher
        devices.happened = self.device_failed
        self._ledger = ledger
        self._check_file = check_file
        self._now_ms = now_ms
        self._chance = chance
        self._tenders: dict[Worker, Tender] = {}
        self._tasks: dict[Worker, asyncio.Task[None]] = {}
        self.changed: Callable[[Pool], None] = lambda _pool: None

    def start(self, pools: Iterable[Pool]) -> None:
        """Begin to tend."""
        for pool in pools:
            for worker in pool.workers.values():
                self.tend(pool, worker)

    def tend(self, pool: Pool, worker: Worker) -> None:
        """Begin to tend one worker."""
        tender = self._tenders[worker] = self._tender(pool, worker)
        task = self._tasks[worker] = asyncio.get_running_loop().create_task(self._run(pool, worker, tender))
        task.add_done_callback(lambda _: self._forget(worker))

    async def first_round(self, limit_s: float) -> None:
        """Until each worker is ready or has been found not to be, at most so many seconds."""
        try:
            async with asyncio.timeout(limit_s):
                for tender in list(self._tenders.values()):
                    await tender.answered.wait()
        except TimeoutError:
            return

    async def stop(self) -> None:
        """Tend no more; the engines that are the server's own end."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def look_now(self, worker: Worker) -> None:
        """Ask a worker for its health without waiting for its interval."""
        if worker in self._tenders:
            self._tenders[worker].look_now()

    def failed(self, worker: Worker, reason: str) -> None:
        """A worker was found to have failed."""
        if worker in self._tenders:
            self._tenders[worker].failed(reason)

    def drain(self, worker: Worker) -> None:
        """A worker shall get nothing new, and end once nothing runs on it."""
        if worker in self._tenders:
            self._tenders[worker].drain()

    def slot_freed(self, pool: Pool) -> None:
        """A slot of a pool may have become free: a worker that drains ends with its last."""
        for worker in list(pool.all_workers()):
            if worker in self._tenders:
                self._tenders[worker].look_if_empty()

    def live(self, pool: Pool) -> bool:
        """Whether somebody looks after each worker of a pool that is not stopped."""
        return all(w in self._tasks or w.health.state is WorkerState.STOPPED for w in pool.workers.values())

    def closed(self, pool: Pool) -> Closed | None:
        """Why no worker of a pool may be started, and for how long; None when one may be at any time, or is
        kept back by a drain or a reload.
        """
        if pool.draining or pool.held:
            return None
        reasons = [
            self._tenders[worker].closed for worker in pool.workers.values() if worker in self._tenders
        ]
        closed = [reason for reason in reasons if reason is not None]
        return min(closed, key=lambda one: one.for_ms) if closed and len(closed) == len(reasons) else None

    def breaker(self, pool: Pool) -> BreakerState:
        """How the breakers of a pool's workers stand: as the one that lets least through."""
        now_ms = self._now_ms()
        tenders = [self._tenders[worker] for worker in pool.workers.values() if worker in self._tenders]
        return max((tender.breaker.state(now_ms) for tender in tenders), default=BreakerState.CLOSED)

    def device_failed(self, index: int, event: DriverEvent) -> None:
        """A device failed: whatever runs on it has to begin anew."""
        tenders = [one for worker, one in self._tenders.items() if index in worker.plan.devices]
        for pool in {tender.pool for tender in tenders}:
            if pool.driver_events.is_new(event, (index,), "devices", self._now_ms()):
                self._ledger.driver_failed(pool, event, f"device {index}")
        for tender in tenders:
            tender.device_failed(index, event)

    async def settled(self, worker: Worker) -> None:
        """Until a worker is ready, or has failed."""
        if worker in self._tenders:
            await self._tenders[worker].answered.wait()

    async def ended(self, worker: Worker) -> None:
        """Until a worker that drains has ended."""
        if worker in self._tasks:
            await asyncio.wait([self._tasks[worker]])

    async def end(self, worker: Worker) -> None:
        """End a worker at once."""
        if worker in self._tenders:
            self._tenders[worker].stop()
        await self.ended(worker)

    async def _run(self, pool: Pool, worker: Worker, tender: Tender) -> None:
        """Tend until the end, and until nobody uses the worker; leave nothing open."""
        try:
            await tender.run()
            await tender.vacated()
        finally:
            await worker.adapter.close()
            pool.retiring.discard(worker)

    def _forget(self, worker: Worker) -> None:
        del self._tenders[worker], self._tasks[worker]

    def _tender(self, pool: Pool, worker: Worker) -> Tender:
        host: Host = ExternalHost(pool, worker, self._check_file)
        if worker.plan.managed:
            host = ManagedHost(
                pool,
                worker,
                ledger=self._ledger,
                devices=self._devices,
                digests=self._digests,
                launcher=self._launcher,
                now_ms=self._now_ms,
                check_file=self._check_file,
            )
        return Tender(
            pool,
            worker,
            host,
            devices=self._devices,
            ledger=self._ledger,
            now_ms=self._now_ms,
            chance=self._chance,
            changed=self.changed,
        )
