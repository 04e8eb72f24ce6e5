"""Watches the workers of all pools: asks each for its health at its interval, and tells when readiness
changes.
"""

import asyncio
from collections.abc import Callable, Iterable

from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.worker_states import WorkerNews
from orchestratord.logs import error_fields
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.worker import Worker

_NEWS: dict[FailureKind, WorkerNews] = {
    FailureKind.UNREACHABLE: WorkerNews.UNREACHABLE,
    FailureKind.NOT_READY: WorkerNews.NOT_READY,
}


class Supervisor:
    """One task of the event loop for each worker.

    `changed` is told of a pool whose readiness may have changed.
    """

    def __init__(self, ledger: Ledger, now_ms: Callable[[], float]) -> None:
        self._ledger = ledger
        self._now_ms = now_ms
        self._watchers: list[asyncio.Task[None]] = []
        self._pokes: dict[Worker, asyncio.Event] = {}
        self._first_answers: list[asyncio.Event] = []
        self.changed: Callable[[Pool], None] = lambda _pool: None

    def start(self, pools: Iterable[Pool]) -> None:
        """Begin to watch."""
        loop = asyncio.get_running_loop()
        for pool in pools:
            for worker in pool.workers.values():
                self._pokes[worker] = asyncio.Event()
                first = asyncio.Event()
                self._first_answers.append(first)
                self._watchers.append(loop.create_task(self._watch(pool, worker, first)))
                self._watchers.append(loop.create_task(self._watch_silence(pool, worker)))

    async def first_round(self, limit_s: float) -> None:
        """Until each worker was asked once, at most so many seconds."""
        try:
            async with asyncio.timeout(limit_s):
                for first in self._first_answers:
                    await first.wait()
        except TimeoutError:
            return

    async def stop(self) -> None:
        """Watch no more."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)

    def look_now(self, worker: Worker) -> None:
        """Ask a worker for its health without waiting for its interval."""
        if worker in self._pokes:
            self._pokes[worker].set()

    def heard(self, pool: Pool, worker: Worker, news: WorkerNews, reason: str | None) -> None:
        """Take in news of a worker from whoever noticed."""
        if worker.health.heard(news, reason):
            self._ledger.worker_changed(pool, worker, reason)
        self.changed(pool)

    async def _watch(self, pool: Pool, worker: Worker, first: asyncio.Event) -> None:
        poke = self._pokes[worker]
        interval_s = pool.plan.heartbeat_interval_ms / 1000
        while True:
            poke.clear()
            try:
                await self._ask(pool, worker)
            except Exception as defect:  # noqa: BLE001 - a defect of one probe must not end the watch
                self._ledger.defect(
                    "supervisor.defect", None, **error_fields((type(defect), defect, defect.__traceback__))
                )
            first.set()
            try:
                async with asyncio.timeout(interval_s):
                    await poke.wait()
            except TimeoutError:
                continue

    async def _ask(self, pool: Pool, worker: Worker) -> None:
        try:
            facts = await worker.adapter.probe()
        except EngineFailure as failure:
            news = _NEWS.get(failure.kind)
            if news is not None:
                self.heard(pool, worker, news, failure.message)
            else:
                worker.health.last_error = failure.message
            return
        if worker.health.beat(facts, self._now_ms()):
            self._ledger.worker_changed(pool, worker, None)
        self.changed(pool)

    async def _watch_silence(self, pool: Pool, worker: Worker) -> None:
        stale_ms = pool.plan.heartbeat_stale_ms
        while True:
            last_ms = worker.health.last_heartbeat_ms
            waiting = last_ms is None or not worker.health.ready
            due_ms = stale_ms if last_ms is None or waiting else last_ms + stale_ms - self._now_ms()
            await asyncio.sleep(max(1.0, due_ms) / 1000)
            if worker.health.stale(self._now_ms(), stale_ms):
                self.heard(pool, worker, WorkerNews.STALE, "no heartbeat in time")
