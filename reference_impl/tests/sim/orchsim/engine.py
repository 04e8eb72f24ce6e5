"""Engines with slots and variable speed, which fail, go away and come back. They know what they run."""

import asyncio
from collections.abc import AsyncGenerator
from math import inf
from random import Random
from typing import TYPE_CHECKING

from orchestratord.adapters import Chunk, EngineAdapter, Finished, GenerateRequest, Generation
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.worker_states import EngineFacts
from orchsim.scenario import MODEL, Scenario
from orchsim.upheaval import CALM, STALE_MS
from orchsim.workings import IDLE_MS, Workings

if TYPE_CHECKING:
    from orchsim.laws import Laws
    from orchsim.lives import Life
    from orchsim.loop import SimLoop

CTX = 1_000_000
ANSWER_MS = 1.0


class SimEngine(Workings, EngineAdapter):
    """One engine. A request's seed is the number of its task."""

    def __init__(self, name: str, scenario: Scenario, loop: "SimLoop", laws: "Laws", random: Random) -> None:
        super().__init__(scenario, loop.now_ms, random)
        self.name = name
        self.slots = scenario.slots
        self.loop = loop
        self.laws = laws
        self._late_ms = self._next_late(0.0)
        self.model = MODEL
        self.proven = self.ever_proven = False
        self.answered_ms = -inf
        self.running: dict[int, Life] = {}

    async def probe(self) -> EngineFacts:
        if self.scenario.upheaval != CALM:
            await asyncio.sleep(ANSWER_MS / 1000)
        if self.down():
            raise EngineFailure(FailureKind.UNREACHABLE, "the engine is away")
        if self.late():
            await asyncio.sleep(STALE_MS / 1000)
            raise EngineFailure(FailureKind.FAULT, "the engine did not answer in time")
        return self._answered()

    async def prove(self, others) -> None:
        """It works as long as it is there; its requests are tasks of the simulation."""
        await self.probe()
        self.proven = self.ever_proven = True

    def generation(self, request: GenerateRequest) -> Generation:
        return self.generation_for(self, request)

    def generation_for(self, user: "SimEngine | SimAdapter", request: GenerateRequest) -> Generation:
        """What a worker asks of it, which has or has not had it prove itself."""
        self.laws.pools.dispatched(self.laws.lives.get(request.seed), self, proven=user.proven)
        self.laws.dispatched(self.laws.lives.get(request.seed), request.seed, self.name)
        return _SimGeneration(self, user, request)

    async def count_tokens(self, text: str) -> int | None:
        return None

    async def close(self) -> None:
        """There is nothing to give up."""

    def late(self) -> bool:
        """Whether it answers no question now."""
        begins_ms, ends_ms = self._late_ms
        now_ms = self.loop.now_ms()
        if now_ms >= ends_ms:
            self._late_ms = self._next_late(now_ms)
        return begins_ms <= now_ms < ends_ms

    async def passes(self, ms: float) -> None:
        """Take so much time; infinite when it falls silent."""
        await (self.loop.create_future() if ms == inf else asyncio.sleep(ms / 1000))

    def erred(self, kind: FailureKind) -> None:
        """It sent something of the kind; one that nobody can read has to prove itself again."""
        if kind is FailureKind.MALFORMED:
            self.proven = False

    def _answered(self) -> EngineFacts:
        self.answered_ms = self.loop.now_ms()
        return EngineFacts(version="sim-1", slots=self.slots, ctx=CTX, model=self.model)

    def _next_late(self, after_ms: float) -> tuple[float, float]:
        plan = self.scenario.upheaval
        if not plan.late_every_s:
            return inf, inf
        begins_ms = after_ms + self.random.expovariate(1 / (plan.late_every_s * 1000))
        return begins_ms, begins_ms + self.random.expovariate(1 / (plan.late_s * 1000))


class SimAdapter(EngineAdapter):
    """How one worker reaches an engine that somebody else runs. What it finds, no other worker need know."""

    def __init__(self, engine: SimEngine) -> None:
        self.engine = engine
        self.proven = False

    async def probe(self) -> EngineFacts:
        try:
            return await self.engine.probe()
        except EngineFailure as failure:
            self.proven &= failure.kind is not FailureKind.UNREACHABLE
            raise

    async def prove(self, others) -> None:
        await self.engine.prove(others)
        self.proven = True

    def generation(self, request: GenerateRequest) -> Generation:
        return self.engine.generation_for(self, request)

    async def count_tokens(self, text: str) -> int | None:
        return None

    async def close(self) -> None:
        """There is nothing to give up."""

    def erred(self, kind: FailureKind) -> None:
        """The engine sent something of the kind; one that nobody can read has to prove itself again."""
        if kind is FailureKind.MALFORMED:
            self.proven = False


class _SimGeneration(Generation):
    def __init__(self, engine: SimEngine, user: "SimEngine | SimAdapter", request: GenerateRequest) -> None:
        self._engine = engine
        self._user = user
        self._request = request
        self._idle_at_ms: float | None = None
        self._spoke_ms: float | None = None

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        engine, number = self._engine, self._request.seed
        life = engine.laws.lives[number]
        refusal = engine.refusal()
        if refusal is not None:
            raise EngineFailure(refusal, "simulated")
        engine.busy += 1
        if engine.busy > engine.slots:
            engine.laws.broken("slots", f"{engine.name} runs {engine.busy} tasks on {engine.slots} slots")
        life.at_engine = engine.name
        engine.running[number] = life
        engine.laws.note("at engine", number, engine.busy)
        finished = False
        try:
            real = self._left(life)
            for after_ms, sent, failure in engine.steps(len(self._request.prompt) / 4, real):
                await engine.passes(after_ms)
                if failure is not None:
                    finished = True
                    self._user.erred(failure)
                    raise EngineFailure(failure, "simulated")
                if sent is None:
                    await engine.passes(inf)
                    return
                text = "b " if life.spoke else "a "
                life.spoke = True
                chunk = Chunk((text,), sent, Finished("stop", real, _counted(life)) if sent == real else None)
                if chunk.finished is not None:
                    finished = life.finished_by_engine = True
                    self._leave(engine)
                self._note_said(life, chunk)
                yield chunk
        finally:
            life.at_engine = None
            del engine.running[number]
            if not finished:
                self._idle_at_ms = engine.loop.now_ms() + IDLE_MS
                engine.loop.call_later(IDLE_MS / 1000, self._leave, engine)
            elif not life.finished_by_engine:
                self._leave(engine)

    async def wait_idle(self, others) -> bool:
        engine = self._engine
        if engine.scenario.faults.never_idle and engine.random.random() < engine.scenario.faults.never_idle:
            return False
        if self._idle_at_ms is not None:
            await asyncio.sleep(max(0.0, self._idle_at_ms - engine.loop.now_ms()) / 1000)
        return True

    def _note_said(self, life: "Life", chunk: Chunk) -> None:
        """What the service has of the task once it gets this."""
        now_ms = self._engine.loop.now_ms()
        first, life.spoke_at, life.paused = self._spoke_ms is None, self._engine.name, False
        if first and now_ms >= life.accepted_ms + life.deadline_ms:
            return  # it comes too late, and the task ends without it
        life.decoded_ms += 0.0 if self._spoke_ms is None else now_ms - self._spoke_ms
        self._spoke_ms = now_ms
        life.tokens_said = life.allowed_tokens - self._request.max_tokens + (chunk.tokens_out or 0)
        if chunk.finished is not None and not life.stopped:
            life.tokens_in = chunk.finished.tokens_in or 0

    def _left(self, life: "Life") -> int:
        """How many tokens it still has to say; a task that was stopped asks for fewer than it first did."""
        return max(1, life.real_tokens - (life.allowed_tokens - self._request.max_tokens))

    def _leave(self, engine: SimEngine) -> None:
        engine.busy -= 1
        engine.laws.note("left engine", self._request.seed, engine.busy)


def _counted(life: "Life") -> int:
    """How many tokens the engine counts in the prompt, of which the service has an estimate."""
    return max(1, life.prompt_tokens + life.number % 5 - 2)
