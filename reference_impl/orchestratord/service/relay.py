"""One attempt of a task at an engine: its tokens are passed on as they come, or its result is kept, and its
end or its failure is judged.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import TypeAlias

from orchestratord.adapters import Chunk, GenerateRequest, Generation
from orchestratord.core.engine_failures import EngineFailure, Fail, FailureKind, Hold, Retry, decide
from orchestratord.core.sampling import SamplerProfile, seed_for
from orchestratord.core.task_states import TaskMove, TaskState
from orchestratord.logs import error_fields
from orchestratord.service import events
from orchestratord.service.alarms import Alarms
from orchestratord.service.archive import Archive
from orchestratord.service.computing import Computation
from orchestratord.service.job import Job, Lease
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.settlement import Completed, Failed, Settlement
from orchestratord.service.supervisor import Supervisor
from orchestratord.service.worker import Worker
from orchestratord.stores import StoreError
from orchqueue_contract.errors import ErrorCode

COOLING_S = 1.0

PutBack = Callable[[Job, float], None]
_Call: TypeAlias = Generation | Computation


class Relay:
    """Talks to engines for tasks that hold a lease.

    `put_back` returns a task to its queue, `freed` tells of a free slot.
    """

    def __init__(
        self,
        *,
        settlement: Settlement,
        ledger: Ledger,
        alarms: Alarms,
        supervisor: Supervisor,
        archive: Archive,
        now_ms: Callable[[], float],
        chance: Callable[[], float],
        put_back: PutBack,
        freed: Callable[[Pool], None],
    ) -> None:
        self._settlement = settlement
        self._ledger = ledger
        self._alarms = alarms
        self._supervisor = supervisor
        self._archive = archive
        self._now_ms = now_ms
        self._chance = chance
        self._put_back = put_back
        self._freed = freed
        self._at_engines: set[asyncio.Task[None]] = set()

    def run(self, job: Job, lease: Lease) -> None:
        """Begin an attempt."""
        adapter, loop = lease.worker.adapter, asyncio.get_running_loop()
        call: _Call
        if job.spec.workload == "completion":
            call = generation = adapter.generation(self._request(job))
            # The engine is at work while the client is still being answered.
            end = generation.begin()
            lease.runner = loop.create_task(self._attempt(job, lease, generation))
            if end is not None:  # a task that is cancelled before its first step reads nothing
                lease.runner.add_done_callback(lambda _: end())
        else:
            call = Computation(adapter, job.spec)
            lease.runner = loop.create_task(self._compute(job, lease, call))
        self._at_engines.add(lease.runner)
        lease.runner.add_done_callback(lambda runner: self._over(runner, job, lease, call))

    async def settle(self) -> None:
        """Wait until no attempt runs, and every slot has been seen idle or its time has passed."""
        while self._at_engines:
            await asyncio.wait(self._at_engines)

    def _request(self, job: Job) -> GenerateRequest:
        spec = job.spec
        version = job.sampler_profile_version
        return GenerateRequest(
            prompt=spec.prompt + "".join(job.said),
            max_tokens=spec.max_tokens - job.tokens_before,
            seed=seed_for(spec.task_id, spec.seed),
            sampler=job.pool.profiles.get(version, SamplerProfile()),
            reuse_cache=spec.reuses_cache,
            priority=spec.priority,
        )

    async def _attempt(self, job: Job, lease: Lease, generation: Generation) -> None:
        try:
            async with aclosing(generation.chunks()) as chunks:
                async for chunk in chunks:
                    self._take(job, lease, chunk)
        except EngineFailure as failure:
            if job.lease is lease:
                self._failed(job, lease, failure)

    async def _compute(self, job: Job, lease: Lease, computation: Computation) -> None:
        """Have a result, and keep it before the task ends."""
        try:
            computed = await computation.result()
        except EngineFailure as failure:
            if job.lease is lease:
                self._failed(job, lease, failure)
            return
        lease.worker.turned_away = 0
        if computed.tokens_in is not None:
            job.tokens_in = computed.tokens_in
        try:
            kept = await self._archive.keep(job.key.tenant, computed.draft)
        except StoreError as error:
            self._ledger.result_lost(job, str(error))
            if job.lease is lease:
                failed = self._settlement.error(job, ErrorCode.INTERNAL, "The result could not be stored.")
                self._settlement.finish(job, Failed(failed), engine_done=True)
            return
        if job.lease is lease:
            self._settlement.finish(job, Completed("stop", kept.id), engine_done=True)

    def _take(self, job: Job, lease: Lease, chunk: Chunk) -> None:
        """Pass on what arrived together; what comes after the task's end is dropped."""
        if job.lease is not lease:
            return
        now_ms = self._now_ms()
        lease.worker.turned_away = 0
        if job.preempted:
            job.preempted = False
            self._ledger.resumed(job)
        # OC-CTRL-2020: tokens go on as they come.
        if chunk.texts:
            if job.state is TaskState.STARTING:
                self._first_token(job, lease, now_ms)
                if job.ended:  # the deadline passed at the moment of the first token
                    return
            self._pass_on(job, chunk.texts, now_ms)
            job.last_token_ms = now_ms
        if chunk.tokens_out is not None:
            job.tokens_out = job.tokens_before + chunk.tokens_out
        if chunk.finished is None:
            job.bell.ring()
            return
        if chunk.finished.tokens_out is not None:
            job.tokens_out = job.tokens_before + chunk.finished.tokens_out
        if chunk.finished.tokens_in is not None and not job.preemptions:
            job.tokens_in = chunk.finished.tokens_in
        done = chunk.finished.at_rest
        self._settlement.finish(job, Completed(chunk.finished.reason), engine_done=done)

    @staticmethod
    def _pass_on(job: Job, texts: tuple[str, ...], now_ms: float) -> None:
        for text in texts:
            events.token(job, text)
            if events.metrics_due(job, now_ms):
                events.metrics(job, now_ms)
        if job.resumable:
            job.said.extend(texts)

    def _first_token(self, job: Job, lease: Lease, now_ms: float) -> None:
        """The first token since the dispatch came."""
        job.move(TaskMove.TOKEN)
        if job.last_token_ms is not None:
            job.stopped_ms += now_ms - job.last_token_ms
        job.last_token_ms = now_ms
        if job.first_token_ms is None:
            job.first_token_ms = job.metrics_ms = now_ms
            job.pool.first_tokens[job.spec.priority].observe(now_ms, now_ms - job.accepted_ms)
            self._ledger.first_token(job, lease.worker, now_ms - job.accepted_ms)
        self._alarms.check(job)

    def _failed(self, job: Job, lease: Lease, failure: EngineFailure) -> None:
        """Judge a failure of the engine."""
        worker, pool = lease.worker, job.pool
        turned_away = failure.kind in (FailureKind.BUSY, FailureKind.NOT_READY)
        worker.turned_away = worker.turned_away + 1 if turned_away else 0
        verdict = decide(
            failure.kind,
            # An engine that has turned a resumed task away has done nothing that would be repeated.
            token_sent=job.state is TaskState.STREAMING or (job.token_events > 0 and not turned_away),
            attempt=worker.turned_away if turned_away else job.attempts + 1,
            retries=pool.plan.retries,
            others_ready=pool.others_ready(job.spec.workload, job.avoid | {worker.id}),
            comes_back=worker.plan.managed,
            chance=self._chance(),
        )
        self._tell_supervisor(lease, failure)
        if isinstance(verdict, Fail):
            self._fail(job, failure, verdict)
            return
        self._settlement.release(job, engine_done=True)
        job.move(TaskMove.PUT_BACK)
        pool.waiting[job.job_id] = job
        self._ledger.put_back(job, failure.message)
        self._alarms.check(job)
        if job.ended:
            return
        if isinstance(verdict, Hold):
            # OC-ADAPT-5082: the task keeps its place, and the engine is left alone for a moment.
            worker.held_until_ms = self._now_ms() + verdict.pause_ms
            self._put_back(job, 0)
        else:
            self._retry(job, worker, verdict)

    def _retry(self, job: Job, worker: Worker, verdict: Retry) -> None:
        # OC-ADAPT-5080
        job.attempts += 1
        if verdict.avoid:
            job.avoid |= {worker.id}
        elif worker.plan.managed:
            job.avoid = frozenset()  # those that failed it are started again, and are others then
        self._put_back(job, verdict.pause_ms)
        self._freed(job.pool)

    def _tell_supervisor(self, lease: Lease, failure: EngineFailure) -> None:
        if failure.kind in (FailureKind.UNREACHABLE, FailureKind.NOT_READY, FailureKind.MALFORMED):
            self._supervisor.failed(lease.worker, failure.message)
        elif failure.kind is FailureKind.BROKEN:
            self._supervisor.look_now(lease.worker)

    def _fail(self, job: Job, failure: EngineFailure, verdict: Fail) -> None:
        message = f"The task failed at its engine: {failure.message}."
        gone = failure.kind is not FailureKind.MALFORMED
        self._settlement.finish(
            job, Failed(self._settlement.error(job, verdict.code, message)), engine_done=gone
        )

    def _over(self, runner: "asyncio.Task[None]", job: Job, lease: Lease, call: _Call) -> None:
        """An attempt is over, however: nothing may stay taken, and nothing half done."""
        self._at_engines.discard(runner)
        if not runner.cancelled() and (defect := runner.exception()) is not None:
            self._ledger.defect(
                "relay.defect",
                job.submitter.correlation_id,
                job_id=job.job_id,
                **error_fields((type(defect), defect, defect.__traceback__)),
            )
        if job.lease is lease:
            error = self._settlement.error(job, ErrorCode.INTERNAL, "The server failed to run the task.")
            self._settlement.finish(job, Failed(error))
        if lease.worker.leases.cooling(lease.number):
            cooler = asyncio.get_running_loop().create_task(self._cool(job.pool, lease, call))
            self._at_engines.add(cooler)
            cooler.add_done_callback(self._at_engines.discard)

    async def _cool(self, pool: Pool, lease: Lease, call: _Call) -> None:
        """Wait until the engine shows the slot of an ended request idle, at most a second."""
        # OC-ADAPT-5083
        try:
            async with asyncio.timeout(COOLING_S):
                if not await call.wait_idle(lambda: lease.worker.leases.active):
                    await asyncio.Event().wait()
        except TimeoutError:
            pass
        finally:
            lease.worker.leases.cooled(lease.number)
            self._freed(pool)
