"""One worker from its first question to its last: loaded, proven, watched, and left alone for a while when it
fails.
"""

import asyncio
from collections.abc import Callable

from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.pools.states import Cause, WorkerState
from orchestratord.core.worker_states import EngineFacts
from orchestratord.logs import error_fields
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.worker import Worker


class _WorkerFailed(Exception):  # noqa: N818 - it is news, and never leaves this module
    """The worker has to begin anew."""


class Tender:
    """Owns what becomes of one worker. `changed` is told when its readiness may have changed."""

    def __init__(
        self,
        pool: Pool,
        worker: Worker,
        ledger: Ledger,
        now_ms: Callable[[], float],
        changed: Callable[[Pool], None],
    ) -> None:
        self._pool = pool
        self._worker = worker
        self._ledger = ledger
        self._now_ms = now_ms
        self._changed = changed
        self._poke = asyncio.Event()
        self._silence: asyncio.TimerHandle | None = None
        self.answered = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            self._move(Cause.BEGIN)
            while True:
                try:
                    await self._serve()
                except _WorkerFailed as failed:
                    self._fail(str(failed))
                except Exception as defect:  # noqa: BLE001 - a defect of one question must not end the watch
                    self._ledger.defect(
                        "supervisor.defect",
                        None,
                        **error_fields((type(defect), defect, defect.__traceback__)),
                    )
                    self._fail("a defect of the server")
                await self._rest()
        finally:
            if self._silence is not None:
                self._silence.cancel()

    def look_now(self) -> None:
        """Ask the engine for its health without waiting for the interval."""
        self._poke.set()

    def failed(self, reason: str) -> None:
        """Somebody who used the worker found that it fails; of one that is not ready that is no news."""
        if self._worker.health.state in (WorkerState.READY, WorkerState.SILENT):
            self._move(Cause.FAILED, reason)
        self._poke.set()

    async def _serve(self) -> None:
        """From loading until a failure, which is raised or was told."""
        await self._load()
        self._move(Cause.LOADED)
        await self._prove()
        self._move(Cause.PROVEN)
        self.answered.set()
        while True:
            await self._interval()
            if self._worker.health.state is WorkerState.UNREADY:
                return
            await self._watch()

    def _fail(self, reason: str) -> None:
        self.answered.set()
        if self._worker.health.state is not WorkerState.UNREADY:
            self._move(Cause.FAILED, reason)

    async def _load(self) -> None:
        """Until the engine says that it is well."""
        # OC-POOL-3001
        while True:
            try:
                self._beat(await self._worker.adapter.probe())
            except EngineFailure as failure:
                if failure.kind is FailureKind.UNREACHABLE:
                    raise _WorkerFailed(failure.message) from failure
                self._worker.health.last_error = failure.message
            else:
                return
            self.answered.set()
            await self._interval()

    async def _prove(self) -> None:
        """Until the engine has decoded and cancelled; one that is busy is asked again."""
        # ORCH-3049
        while True:
            try:
                async with asyncio.timeout(self._pool.plan.watchdog.first_token_ms / 1000):
                    await self._worker.adapter.prove()
            except TimeoutError as late:
                raise _WorkerFailed("it did not decode a token in time") from late
            except EngineFailure as failure:
                if failure.kind is not FailureKind.BUSY:
                    raise _WorkerFailed(f"it did not prove itself: {failure.message}") from failure
            else:
                return
            self.answered.set()
            await self._interval()

    async def _watch(self) -> None:
        """One question to a worker that was ready."""
        try:
            facts = await self._worker.adapter.probe()
        except EngineFailure as failure:
            if failure.kind in (FailureKind.UNREACHABLE, FailureKind.NOT_READY):
                raise _WorkerFailed(failure.message) from failure
            self._worker.health.last_error = failure.message
            return
        if self._worker.health.state is not WorkerState.UNREADY:  # it was told to have failed meanwhile
            self._beat(facts)

    async def _rest(self) -> None:
        """Leave the worker alone before it is tried again."""
        self._move(Cause.REST)
        self._poke.clear()
        await self._interval()
        self._move(Cause.RETRY)

    async def _interval(self) -> None:
        """Until the next question is due, or somebody wants it now."""
        try:
            async with asyncio.timeout(self._pool.plan.heartbeat_interval_ms / 1000):
                await self._poke.wait()
        except TimeoutError:
            return
        self._poke.clear()

    def _beat(self, facts: EngineFacts) -> None:
        health, pool = self._worker.health, self._pool
        if health.beat(facts, self._now_ms()):
            self._ledger.worker_changed(pool, self._worker, None)
        if self._silence is not None:
            self._silence.cancel()
        delay_s = pool.plan.heartbeat_stale_ms / 1000
        self._silence = asyncio.get_running_loop().call_later(delay_s, self._note_silence)
        self._changed(pool)

    def _note_silence(self) -> None:
        if self._worker.health.silent(self._now_ms(), self._pool.plan.heartbeat_stale_ms):
            self._move(Cause.SILENCE, "no heartbeat in time")

    def _move(self, cause: Cause, reason: str | None = None) -> None:
        if self._worker.health.move(cause, reason) or cause is Cause.FAILED:
            self._ledger.worker_changed(self._pool, self._worker, reason)
        self._changed(self._pool)
