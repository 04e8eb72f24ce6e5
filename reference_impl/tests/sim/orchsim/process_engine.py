"""The engine that a process has: it is there as long as the process is, and goes with it."""

import asyncio
from math import inf
from typing import TYPE_CHECKING

from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.worker_states import EngineFacts
from orchsim.engine import ANSWER_MS, SimEngine
from orchsim.upheaval import STALE_MS

if TYPE_CHECKING:
    from orchsim.fleet import SimProcess

PROOF_MS = 20.0


class ProcessEngine(SimEngine):
    """What is on one port. Before a process has begun there, nothing is."""

    process: "SimProcess | None" = None

    def begin(self, process: "SimProcess") -> None:
        """A process listens here."""
        self.process, self.name, self.model = process, process.name, process.model
        self._waiting: dict[asyncio.Future[None], None] = {}

    def lost(self) -> None:
        """The process is gone: whoever waits for the engine learns that the connection broke."""
        for waiting in list(self._waiting):
            if not waiting.done():
                waiting.set_exception(EngineFailure(FailureKind.BROKEN, "the connection is gone"))

    def down(self) -> bool:
        return self.process is None or self.process.dead

    async def probe(self) -> EngineFacts:
        self._reached()
        process = self.process
        assert process is not None
        silent = process.hung or self.late()
        if silent:
            process.trouble("unready")
        try:
            await self._wait(STALE_MS if silent else ANSWER_MS, patient=not silent)
        except EngineFailure:
            raise EngineFailure(FailureKind.UNREACHABLE, "the engine is away") from None
        if silent:
            raise EngineFailure(FailureKind.FAULT, "the engine did not answer in time")
        if not process.loaded:
            raise EngineFailure(FailureKind.NOT_READY, "the engine loads its model")
        return self._answered()

    async def prove(self, others) -> None:
        self._reached()
        await self.passes(PROOF_MS)
        self.proven = self.ever_proven = True

    def erred(self, kind: FailureKind) -> None:
        super().erred(kind)
        if kind is FailureKind.MALFORMED and self.process is not None:
            self.process.trouble("unready")

    async def passes(self, ms: float) -> None:
        await self._wait(ms, patient=True)

    async def _wait(self, ms: float, *, patient: bool) -> None:
        """Until so much time has passed; where it is the engine's, and it hangs by then, for ever. Raises
        BROKEN when the process goes.
        """
        assert self.process is not None
        if self.process.dead:
            raise EngineFailure(FailureKind.BROKEN, "the connection is gone")
        waiting: asyncio.Future[None] = self.loop.create_future()
        timer = None if ms == inf else self.loop.call_later(ms / 1000, self._passed, waiting, patient)
        self._waiting[waiting] = None
        try:
            await waiting
        finally:
            del self._waiting[waiting]
            if timer is not None:
                timer.cancel()

    def _passed(self, waiting: "asyncio.Future[None]", patient: bool) -> None:
        hangs = self.process is not None and self.process.hung
        if not waiting.done() and not (patient and hangs):
            waiting.set_result(None)

    def _reached(self) -> None:
        if self.down():
            raise EngineFailure(FailureKind.UNREACHABLE, "the engine is away")
