"""What an engine does with a request: refuse it, show something, or work on it in a slot.

Runs in the engine's event loop. Ports, threads and what scenarios may ask stand in `scripted`.
"""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from orchqueue.kit.clock import now_ms
from orchqueue.kit.engine.ask import Ask
from orchqueue.kit.engine.completion import Completion, Job, sleep_until
from orchqueue.kit.engine.connection import Reply
from orchqueue.kit.engine.ending import Ending
from orchqueue.kit.engine.facts import Facts, Progress, SlotState, Totals
from orchqueue.kit.engine.planned import Planned
from orchqueue.kit.engine.pooling import score, vector
from orchqueue.kit.engine.record import EngineRequest
from orchqueue.kit.engine.script import EngineScript
from orchqueue.kit.engine.slots import Slots
from orchqueue.kit.engine.speech import OverError, Speech
from orchqueue.kit.engine.wire import RefusedError, Wire


class Traits(Protocol):
    """What an engine is at the moment; its owner may change it while it runs.

    `asked` is told of each request for work that was understood, `answered` when the engine is done with it,
    and `go_away` when a script ends the engine.
    """

    model: str
    version: str
    ctx: int
    ms_per_token: float
    ready: bool
    busy: bool
    by_priority: bool
    sensitive: bool
    takes: Sequence[str]
    tells: Mapping[str, str]
    asked: Callable[[EngineRequest], None]
    answered: Callable[[EngineRequest], None]
    go_away: Callable[[Ending], None]


class Service:
    """One run of an engine, from its start to its end. `touched` is called when there is news."""

    def __init__(
        self, traits: Traits, wire: Wire, slots: int, planned: Planned, touched: Callable[[], None]
    ) -> None:
        self._traits, self._wire, self._planned, self._touched = traits, wire, planned, touched
        self.slots = Slots(slots, touched)
        self._states = [SlotState() for _ in range(slots)]
        self._totals = Totals()
        self._task_ids = itertools.count()

    async def handle(self, record: EngineRequest, reply: Reply) -> None:
        """Answer a request, and note what became of it."""
        await self._noted(record, self._answer(record, reply))

    async def scrape(self, record: EngineRequest, reply: Reply) -> None:
        """Answer a request on the port for metrics."""
        await self._noted(record, self._show_metrics(reply))

    async def _noted(self, record: EngineRequest, answer: Awaitable[bool]) -> None:
        try:
            record.finished = await answer
        finally:
            record.finished_ms = now_ms()
            self._touched()
            if record.ask is not None:
                self._traits.answered(record)

    async def _show_metrics(self, reply: Reply) -> bool:
        await reply.whole(self._wire.metrics(self._facts()))
        return True

    async def _answer(self, record: EngineRequest, reply: Reply) -> bool:
        path = urlsplit(record.path).path
        record.workload = self._wire.workload(record.method, path)
        try:
            if not self._traits.ready and (loading := self._wire.loading(record.method, path)) is not None:
                raise loading
            if record.workload is None:
                await reply.whole(self._wire.page(record.method, path, record.body, self._facts()))
                return True
            record.ask = self._wire.read(record.workload, path, record.body, self._facts())
            if (invalid := self._wire.check(record.ask, self._facts())) is not None:
                raise invalid
        except RefusedError as refused:
            await self._refuse(record, refused, reply)
            return True
        self._totals.requests += 1
        self._traits.asked(record)
        return await self._work(record, record.ask, self._planned.take(record.ask), reply)

    async def _refuse(self, record: EngineRequest, refused: RefusedError, reply: Reply) -> None:
        """Refuse what was never understood: as the default script wants it, since it has no other."""
        ask = record.ask or Ask(record.workload or "completion")
        if self._planned.default.refuse_in_stream is False:
            refused = refused.told(in_stream=False)
        await self._speech(self._planned.default, ask, reply).refuse(refused)

    def _speech(self, script: EngineScript, ask: Ask, reply: Reply) -> Speech:
        return Speech(self._wire, script, ask, reply, self._traits.go_away)

    async def _work(self, record: EngineRequest, ask: Ask, script: EngineScript, reply: Reply) -> bool:
        speech = self._speech(script, ask, reply)
        refused = self._refusal(record, ask, script)
        if refused is not None:
            wanted = script.refuse_in_stream
            await speech.refuse(refused if wanted is None else refused.told(in_stream=wanted and ask.stream))
            return True
        if ask.stream and self._wire.manners.early_headers:
            await reply.begin()
        slot = await self.slots.take(ask.priority)
        try:
            record.slot, record.slot_ms = slot, now_ms()
            return await self._run(Job(ask, script, Progress(next(self._task_ids), slot), record), speech)
        finally:
            self._states[slot].busy = False
            self.slots.give(slot)

    def _refusal(self, record: EngineRequest, ask: Ask, script: EngineScript) -> RefusedError | None:
        """Return what the script wants to refuse the request with, None when it is to be served."""
        if script.not_ready:
            return self._wire.loading(record.method, urlsplit(record.path).path)
        if script.busy or self._traits.busy:
            return self._wire.busy(stream=ask.stream)
        if script.error_status is not None:
            return self._wire.refusal(script.error_status, script.error_message, script.error_type)
        return None

    async def _run(self, job: Job, speech: Speech) -> bool:
        """Work on a job in its slot; tell whether the answer was complete."""
        self._states[job.progress.slot] = SlotState(True, job.ask, job.progress)
        self._touched()
        complete = False
        try:
            if job.ask.workload == "completion":
                pace_ms, touched = self._traits.ms_per_token, self._touched
                completion = Completion(
                    self._wire,
                    self._facts(),
                    job,
                    speech,
                    pace_ms=pace_ms,
                    touched=touched,
                    disturbed=lambda: self._disturbs(job.ask),
                )
                complete = await completion.run()
            else:
                complete = await self._pooled(job, speech)
        finally:
            left = job.record.disconnected_ms is not None
            self._totals.add(job.ask, job.progress, complete=complete, left=left)
        return complete

    def _disturbs(self, ask: Ask) -> bool:
        """Whether what is drawn now comes out otherwise than it would alone."""
        return self._traits.sensitive and (ask.cached or self.slots.busy > 1)

    async def _pooled(self, job: Job, speech: Speech) -> bool:
        """Answer an embedding or a rerank; tell whether the answer was complete."""
        ask, started_ms = job.ask, now_ms()
        try:
            await speech.at(0)
            await sleep_until(started_ms + job.script.prompt_ms)
            job.progress.prompt_ms = now_ms() - started_ms
            if ask.workload == "embedding":
                vectors = [vector(text) for text in ask.inputs]
                await speech.whole(self._wire.embeddings(ask, self._facts(), vectors))
            else:
                scores = [score(ask.prompt, document) for document in ask.inputs]
                await speech.whole(self._wire.ranking(ask, self._facts(), scores))
        except OverError:
            return False
        return True

    def _facts(self) -> Facts:
        traits = self._traits
        return Facts(
            model=traits.model,
            version=traits.version,
            ctx=traits.ctx,
            slots=self.slots.total,
            running=self.slots.busy,
            waiting=self.slots.waiting,
            states=self._states,
            totals=self._totals,
            by_priority=traits.by_priority,
            takes=traits.takes,
            tells=traits.tells,
        )
