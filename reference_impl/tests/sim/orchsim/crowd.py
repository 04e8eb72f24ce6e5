"""Clients: they submit, follow advice or don't, cancel, submit again, and read streams."""

import asyncio
from collections.abc import Coroutine
from random import Random

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.tasks import TaskKey
from orchestratord.service import Job, Orchestrator, Submitter
from orchsim.arrivals import gaps_ms
from orchsim.laws import Laws
from orchsim.lives import Life
from orchsim.loop import SimLoop
from orchsim.newcomers import Newcomers, session_id
from orchsim.scenario import Scenario


class Crowd:
    """All clients of one world. `returned` counts obedient clients that came back, and of them the
    admitted.
    """

    def __init__(self, scenario: Scenario, service: Orchestrator, laws: Laws, loop: SimLoop) -> None:
        self.scenario = scenario
        self.service = service
        self.laws = laws
        self.loop = loop
        self.random = Random(scenario.seed * 2 + 1)
        self.returned = 0
        self.returned_admitted = 0
        self.stopped = False
        self.newcomers = Newcomers(scenario, self.random, laws.lives)
        self._open: set[asyncio.Task[None]] = set()
        self._submitters = {
            one.name: Submitter(one.name, f"key-{one.name}", "sim") for one in scenario.tenants
        }

    async def come(self) -> None:
        """Everyone arrives, by the scenario's law of arrivals."""
        plan = self.scenario
        gaps = gaps_ms(plan.arrivals, plan.gap_ms, self.random)
        for number in range(1, plan.tasks + 1):
            if not plan.burst_after < number <= plan.burst_after + plan.burst:
                await asyncio.sleep(next(gaps) / 1000)
            if self.stopped:
                break
            self._spawn(self._live(self.newcomers.next(number)))
        await self._all_gone()

    async def _all_gone(self) -> None:
        while self._open:
            await asyncio.wait(set(self._open))

    def _spawn(self, coro: Coroutine[object, object, None]) -> None:
        task = self.loop.create_task(coro)
        self._open.add(task)
        task.add_done_callback(self._gone)

    def _gone(self, task: "asyncio.Task[None]") -> None:
        self._open.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.loop.failure = task.exception()

    async def _live(self, life: Life) -> None:
        habits, random = self.scenario.clients, self.random
        mood = random.random()
        obedient = mood < habits.obedient
        disobedient = not obedient and mood < habits.obedient + habits.disobedient
        while not await self._submit(life, obedient):
            if self.stopped or life.attempts > habits.returns or not (obedient or disobedient):
                return
            if life.advice_ms is None:
                return
            await asyncio.sleep((life.advice_ms if obedient else random.uniform(1, 20)) / 1000)
        await self._after_acceptance(life)

    async def _submit(self, life: Life, obedient: bool) -> bool:
        spec, submitter = self.newcomers.specs[life.number], self._submitters[life.tenant]
        laws = self.laws
        life.attempts += 1
        laws.note("submitted", life.number, f"attempt {life.attempts}")
        back = obedient and life.attempts > 1
        self.returned += back
        try:
            job = await self.service.submit(spec, submitter)
        except OrchestratorError as error:
            life.refusals += 1
            laws.refusals[error.code] = laws.refusals.get(error.code, 0) + 1
            life.advice_ms = error.retry_after_ms
            return False
        if job is not life.job:
            laws.broken("once", f"task {life.number} was answered with another task")
        life.on_time, life.predicted_start_ms = job.forecast.on_time, job.forecast.start_ms
        life.first_position, life.measured = job.forecast.position, job.predicted_from_measure
        self.returned_admitted += back
        return True

    async def _after_acceptance(self, life: Life) -> None:
        habits, random = self.scenario.clients, self.random
        if random.random() < self.scenario.sessions.deleted:
            await self._delete_session(life)
        draw = random.random()
        if draw < habits.cancel:
            await asyncio.sleep(
                random.expovariate(1 / (self.scenario.service_ms * random.choice([0.2, 1, 5]))) / 1000
            )
            for _ in range(random.choice([1, 1, 2])):
                self._cancel(life)
        elif draw < habits.cancel + habits.resubmit:
            await asyncio.sleep(random.uniform(0, 2) * self.scenario.service_ms / 1000)
            if not self.stopped:
                await self._submit_again(life)
        if random.random() < habits.follow:
            await self._follow(life)

    def _cancel(self, life: Life) -> None:
        key = TaskKey(life.tenant, self.newcomers.specs[life.number].task_id)
        said = self.service.cancel(key)
        self.laws.note("cancelled", life.number, said)
        job = life.job
        assert job is not None
        if said != "already-finished":
            if life.cancel_said:
                self.laws.broken("one terminal event", f"task {life.number} was cancelled twice")
            life.cancel_said = True
        if not job.log.closed:
            self.laws.broken("one terminal event", f"the cancel of task {life.number} came before its end")

    async def _delete_session(self, life: Life) -> None:
        """End the session while the task runs, or has ended."""
        await asyncio.sleep(self.random.uniform(0, 2) * self.scenario.service_ms / 1000)
        if not self.stopped:
            self.laws.note("session ended", life.number)
            self.laws.spending.deleted(life.tenant, life.session)
            self.service.delete_session(session_id(life.session), self._submitters[life.tenant])

    async def _submit_again(self, life: Life) -> None:
        spec, submitter = self.newcomers.specs[life.number], self._submitters[life.tenant]
        self.laws.note("resubmitted", life.number)
        job: Job = await self.service.submit(spec, submitter)
        if job is not life.job:
            self.laws.broken("once", f"task {life.number} was accepted a second time")

    async def _follow(self, life: Life) -> None:
        """Read the whole stream: ids without a gap, and a terminal event at its end only."""
        key = TaskKey(life.tenant, self.newcomers.specs[life.number].task_id)
        stream = self.service.follow(key, None, f"key-{life.number}")
        assert stream is not None
        data = b"".join([piece async for piece in stream])
        frames = [frame.split("\n") for frame in data.decode().split("\n\n") if frame.startswith("id: ")]
        ids = [int(frame[0][4:]) for frame in frames]
        names = [frame[1][7:] for frame in frames]
        if (
            ids != list(range(len(ids)))
            or [name in ("end", "error") for name in names].index(True) != len(ids) - 1
        ):
            self.laws.broken("one terminal event", f"the stream of task {life.number} reads {ids} {names}")
