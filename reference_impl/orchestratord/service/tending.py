"""One worker from its start to its end: loaded, proven, watched, left alone for a while when it fails, and
given up when it shall serve no more.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.pool_view import Closed
from orchestratord.core.pools.breaker import Breaker, BreakerState
from orchestratord.core.pools.exits import DriverEvent, FailureCause, Verdict, device_verdict
from orchestratord.core.pools.states import Cause, WorkerState
from orchestratord.core.worker_states import EngineFacts
from orchestratord.logs import error_fields
from orchestratord.service.device_watch import DeviceWatch
from orchestratord.service.hosting import Host, HostError
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.worker import Worker

DOWN = frozenset({WorkerState.UNREADY, WorkerState.BACKOFF, WorkerState.STOPPED})
_STOPPED = Verdict(FailureCause.RELOAD, None, "it was stopped")


class _WorkerFailed(Exception):  # noqa: N818 - it is news, and never leaves this module
    """The worker has to begin anew."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


async def _to_its_end(other: Coroutine[Any, Any, None]) -> None:
    """Wait for something that has a bound of its own, also when nobody wants to wait any more: a server that
    is gone before its engine leaves the engine to the guard.
    """
    task = asyncio.create_task(other)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


class Tender:
    """Owns what becomes of one worker. `changed` is told when its readiness may have changed.

    `run` ends when the worker is stopped; until then it is started again whenever it fails.
    """

    def __init__(
        self,
        pool: Pool,
        worker: Worker,
        host: Host,
        *,
        devices: DeviceWatch,
        ledger: Ledger,
        now_ms: Callable[[], float],
        chance: Callable[[], float],
        changed: Callable[[Pool], None],
    ) -> None:
        self.pool = pool
        self._worker = worker
        self._host = host
        self._devices = devices
        self._ledger = ledger
        self._now_ms = now_ms
        self._chance = chance
        self._changed = changed
        self._poke = asyncio.Event()
        self._silence: asyncio.TimerHandle | None = None
        self._told: Verdict | None = None
        self._struck: asyncio.Future[Verdict] | None = None
        self._stopped = asyncio.Event()
        self._vacated = asyncio.Event()
        self.breaker = Breaker(pool.plan.breaker)
        self.answered = asyncio.Event()

    async def run(self) -> None:
        """Until the worker is stopped, or this is cancelled."""
        succeeds = self._worker.health.state is WorkerState.STOPPED
        begin, failure = Cause.RELOAD if succeeds else Cause.BEGIN, None
        try:
            while True:
                await self._devices_there(begin)
                if self._stopped.is_set():
                    return
                self._begin(begin, failure)
                failure = await self._serve()
                if not self._stopped.is_set():
                    await self._rest()
                if self._stopped.is_set():
                    return
        finally:
            if self._silence is not None:
                self._silence.cancel()

    def look_now(self) -> None:
        """Ask the engine for its health without waiting for the interval."""
        self._poke.set()

    def failed(self, reason: str) -> None:
        """Somebody who used the worker found that it fails; of one that is not ready that is no news."""
        if self._worker.health.state in (WorkerState.READY, WorkerState.SILENT):
            self._told = self._host.verdict(reason)
            self._move(Cause.FAILED, self._told.message)
        self._poke.set()

    def device_failed(self, index: int, event: DriverEvent) -> None:
        """A device of the worker failed, whatever the worker knows of it."""
        # ORCH-3038, OC-POOL-3010
        verdict = device_verdict(index, event)
        if self._struck is not None and not self._struck.done():
            self._struck.set_result(verdict)
        if self._worker.health.state in (WorkerState.READY, WorkerState.SILENT):
            self._move(Cause.FAILED, verdict.message)

    def drain(self) -> None:
        """The worker shall get nothing new, and is stopped once nothing runs on it."""
        # OC-POOL-3006
        if self._worker.health.state not in (WorkerState.DRAINING, WorkerState.STOPPED):
            self._move(Cause.DRAIN)
        self.look_if_empty()

    def look_if_empty(self) -> None:
        """A slot may have become free: a worker that drains ends with its last."""
        if self._worker.leases.taken:
            return
        if self._worker.health.state is WorkerState.DRAINING:
            self._move(Cause.EMPTIED)
        self._vacated.set()

    async def vacated(self) -> None:
        """Until nothing runs on the worker any more; an engine that is somebody else's may go on with what it
        has when its worker is given up.
        """
        # OC-POOL-3007
        while self._worker.leases.taken:
            self._vacated.clear()
            await self._vacated.wait()

    def stop(self) -> None:
        """The worker shall end, whatever runs on it."""
        self._move(Cause.STOP)

    async def _devices_there(self, begin: Cause) -> None:
        """Until the worker's devices are there, since it must run nowhere else, or until it is stopped."""
        # OC-POOL-3012, ORCH-3018
        while (lack := self._devices.lack(self._worker.claim)) and not self._stopped.is_set():
            self._worker.health.last_error = lack
            if begin is Cause.RELOAD and self._worker.health.state is WorkerState.STOPPED:
                self._move(begin)
            if self._worker.health.state is not WorkerState.BACKOFF:
                self._move(Cause.FAILED, lack)
                self._move(Cause.REST)
            self.answered.set()
            await self._either(self._devices.news.wait(self.pool.plan.heartbeat_interval_ms / 1000))

    def _begin(self, begin: Cause, failure: Verdict | None) -> None:
        """The worker is started now: for the first time, or because it failed."""
        if failure is not None and self._host.managed:
            self.breaker.restarting(self._now_ms())
            self._ledger.restarted(self.pool, self._worker, failure)
        self._move(Cause.RETRY if self._worker.health.state is WorkerState.BACKOFF else begin)

    async def _serve(self) -> Verdict:
        """From the start of the engine to its failure, and why it failed."""
        try:
            verdict = await self._course()
            if not self._stopped.is_set():
                self._fall(verdict)  # before its process is ended, which may take long
                verdict = await self._host.examine(verdict)
                self._fail(verdict)
            return verdict
        finally:
            self._struck = None
            await _to_its_end(self._host.end())

    async def _course(self) -> Verdict:
        self._struck = asyncio.get_running_loop().create_future()
        try:
            await self._host.begin()
            return await self._first(
                self._strike(self._struck), self._live(), self._host.gone(), self._until_stopped()
            )
        except HostError as error:
            return error.verdict
        except _WorkerFailed as failed:
            return failed.verdict
        except Exception as defect:  # noqa: BLE001 - a defect of one question must not end the watch
            self._ledger.defect(
                "supervisor.defect", None, **error_fields((type(defect), defect, defect.__traceback__))
            )
            return Verdict(FailureCause.UNREADY, None, "a defect of the server")

    async def _either(self, other: Coroutine[Any, Any, object]) -> None:
        """Until something has come about, or the worker is stopped."""
        tasks = [asyncio.create_task(other), asyncio.create_task(self._stopped.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    async def _strike(struck: asyncio.Future[Verdict]) -> Verdict:
        return await struck

    @staticmethod
    async def _first(*courses: Coroutine[Any, Any, Verdict]) -> Verdict:
        """What the course says that ends first; the others are given up."""
        tasks = [asyncio.create_task(course) for course in courses]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return await next(task for task in tasks if task in done)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self) -> Verdict:
        """From loading until a failure, which is raised or was told, or until it is stopped."""
        self._told = None
        try:
            async with asyncio.timeout(self._worker.plan.preload_ms / 1000):
                await self._load()
                self._advance(Cause.LOADED)
                await self._prove()
                await self._host.loaded()
        except TimeoutError as late:
            raise self._failure("it did not become ready in time") from late
        self._advance(Cause.PROVEN)
        self.breaker.healthy(self._now_ms())
        self._ledger.preloaded(self.pool, "pass")
        self.answered.set()
        asked_ms = self._now_ms()
        while True:
            # A server or an engine that is busy takes long to come to an answer, and is not to be taken for
            # one that is silent because the next question came so much later.
            await self._interval(self._now_ms() - asked_ms)
            if (told := self._heard()) is not None:
                return told
            asked_ms = self._now_ms()
            await self._watch()

    async def _until_stopped(self) -> Verdict:
        await self._stopped.wait()
        return _STOPPED

    def _heard(self) -> Verdict | None:
        return self._told

    def _failure(self, reason: str) -> _WorkerFailed:
        return _WorkerFailed(self._host.verdict(reason))

    def _fall(self, verdict: Verdict) -> None:
        """The worker serves no more, whoever noticed that first."""
        health = self._worker.health
        if health.state in (WorkerState.PRELOADING, WorkerState.PROVING):
            self._ledger.preloaded(self.pool, "fail")
        if health.state not in DOWN:
            self._move(Cause.FAILED, verdict.message)

    def _fail(self, verdict: Verdict) -> None:
        """Note why the worker failed."""
        self._worker.health.last_error = verdict.message
        if verdict.driver is not None:
            self._note_driver(verdict.driver)
        self.breaker.failed(self._now_ms())
        self.answered.set()

    def _note_driver(self, event: DriverEvent) -> None:
        """Count an error of the driver, unless somebody else has noticed the same one."""
        devices, who = self._worker.plan.devices, f"worker {self._worker.id}"
        if self.pool.driver_events.is_new(event, devices, who, self._now_ms()):
            self._ledger.driver_failed(self.pool, event, who)

    async def _load(self) -> None:
        """Until the engine says that it is well."""
        # OC-POOL-3001
        while True:
            try:
                self._beat(await self._worker.adapter.probe())
            except EngineFailure as failure:
                # What does not answer is not there yet, if it is the server's own, and away, if it is not.
                if failure.kind is not FailureKind.UNREACHABLE:
                    self._worker.health.last_error = failure.message
                elif not self._host.managed:
                    raise self._failure(failure.message) from failure
            else:
                return
            if not self._host.managed:
                self.answered.set()
            await self._interval()

    async def _prove(self) -> None:
        """Until the engine has decoded and cancelled; one that is busy is asked again."""
        # ORCH-3049
        while True:
            try:
                async with asyncio.timeout(self.pool.plan.watchdog.first_token_ms / 1000):
                    await self._worker.adapter.prove(self._others)
            except TimeoutError as late:
                raise self._failure("it did not decode a token in time") from late
            except EngineFailure as failure:
                if failure.kind is not FailureKind.BUSY:
                    raise self._failure(f"it did not prove itself: {failure.message}") from failure
            else:
                return
            await self._interval()

    def _others(self) -> int:
        """How many tasks the pool has at the worker's engine, be it by way of the worker that it replaces."""
        worker, url = self._worker, self._worker.plan.url
        there = {one for one in self.pool.all_workers() if url and one.plan.url == url}
        return sum(one.leases.taken for one in {worker, *there})

    async def _watch(self) -> None:
        """One question to a worker that was ready."""
        try:
            facts = await self._worker.adapter.probe()
        except EngineFailure as failure:
            if failure.kind in (FailureKind.UNREACHABLE, FailureKind.NOT_READY):
                raise self._failure(failure.message) from failure
            self._worker.health.last_error = failure.message
            return
        if self._worker.health.state not in DOWN:  # it may have been told to have failed meanwhile
            self._beat(facts)

    async def _rest(self) -> None:
        """Leave the worker alone before it is tried again."""
        # OC-POOL-3011
        self._move(Cause.REST)
        if self._host.managed:
            await self._pause()
        elif self._worker.health.failures > 1:  # one that was ready until now is asked at once
            self._poke.clear()
            await self._interval()

    async def _pause(self) -> None:
        """As long as the backoff says, and the breaker; a stop ends it."""
        failures = max(1, self._worker.health.failures)
        due_ms = self._now_ms() + self.pool.plan.restart.pause_ms(failures, self._chance())
        due_ms = max(due_ms, self._now_ms() + self.breaker.wait_ms(self._now_ms()))
        try:
            async with asyncio.timeout(max(0.0, due_ms - self._now_ms()) / 1000):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def _interval(self, over_ms: float = 0) -> None:
        """Until the next question is due, or somebody wants it now; so much of the time is over already. What
        is slow is left some of the time in peace.
        """
        interval_ms = self.pool.plan.heartbeat_interval_ms
        try:
            async with asyncio.timeout(max(interval_ms - over_ms, interval_ms / 4) / 1000):
                await self._poke.wait()
        except TimeoutError:
            return
        self._poke.clear()

    def _beat(self, facts: EngineFacts) -> None:
        health, pool = self._worker.health, self.pool
        if health.beat(facts, self._now_ms()):
            self._ledger.worker_changed(pool, self._worker, None)
        if self._silence is not None:
            self._silence.cancel()
        delay_s = pool.plan.heartbeat_stale_ms / 1000
        self._silence = asyncio.get_running_loop().call_later(delay_s, self._note_silence)
        self._changed(pool)

    def _note_silence(self) -> None:
        # OC-POOL-3005: each beat begins the timer anew, so there is no time to compare. Clocks differ in
        # their last digits, and who compared would now and then find a worker heard of just in time.
        if self._worker.health.ready:
            self._move(Cause.SILENCE, "no heartbeat in time")
            if self._host.managed:
                delay_s = self.pool.plan.silent_ms / 1000
                self._silence = asyncio.get_running_loop().call_later(delay_s, self._note_hang)

    def _note_hang(self) -> None:
        if self._worker.health.state is WorkerState.SILENT:
            self.failed("it hangs: it was not heard of for too long")

    def _advance(self, cause: Cause) -> None:
        """Move on by what the engine has answered, unless the worker was stopped in that moment."""
        # OC-POOL-3006
        if self._stopped.is_set():
            raise _WorkerFailed(_STOPPED)
        self._move(cause)

    def _move(self, cause: Cause, reason: str | None = None) -> None:
        if self._worker.health.move(cause, reason) or cause is Cause.FAILED:
            self._ledger.worker_changed(self.pool, self._worker, reason)
        if self._worker.health.state is WorkerState.STOPPED:
            self._stopped.set()
            self.answered.set()
        self._changed(self.pool)

    @property
    def closed(self) -> Closed | None:
        """Why the worker may not be started, and for how long at the least; None when it may be."""
        now_ms = self._now_ms()
        lack = self._devices.lack(self._worker.claim)
        if lack is not None:
            return Closed(lack, self.pool.plan.restart.longest_ms)
        if self.breaker.state(now_ms) is BreakerState.OPEN and (wait_ms := self.breaker.wait_ms(now_ms)) > 0:
            return Closed("its workers have failed too often", wait_ms)
        return None
