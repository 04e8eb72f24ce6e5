"""One completion as llama.cpp plays it, bent by its script.

Owns the pace; slots and records belong to the engine.
"""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from orchqueue.kit.clock import now_ms
from orchqueue.kit.engine import llamacpp
from orchqueue.kit.engine.connection import Reply
from orchqueue.kit.engine.llamacpp import CompletionParams, Progress
from orchqueue.kit.engine.script import EngineScript, Piece
from orchqueue.kit.engine.text import Emitter, drawn_tokens


class _OverError(Exception):
    """The script has ended the answer before its time."""


@dataclass(frozen=True)
class Engine:
    """What a completion needs to know of its engine."""

    model: str
    ctx: int
    ms_per_token: float
    touched: Callable[[], None]


class Completion:
    """Generates tokens at a pace and sends them as events, or all at once when no stream was asked for."""

    def __init__(
        self, engine: Engine, params: CompletionParams, script: EngineScript, progress: Progress, reply: Reply
    ) -> None:
        self._engine = engine
        self._params = params
        self._script = script
        self._progress = progress
        self._reply = reply
        self._record = reply.record
        self._emitter = Emitter(params.stop)
        self._text: list[str] = []

    async def run(self) -> bool:
        """Play to the end; tell whether the answer was complete."""
        started_ms = now_ms()
        try:
            await self._generate(started_ms)
            await self._finish()
        except _OverError:
            return False
        return True

    async def _generate(self, started_ms: float) -> None:
        pace_ms = self._script.ms_per_token
        pace_ms = self._engine.ms_per_token if pace_ms is None else pace_ms
        await self._misbehave()
        await _sleep_until(started_ms + self._script.prompt_ms)
        self._progress.prompt_ms = now_ms() - started_ms
        first_ms = now_ms()
        for piece in self._pieces():
            if self._progress.decoded:
                await self._misbehave()
            await _sleep_until(first_ms + pace_ms * (self._progress.decoded + 1))
            self._progress.decoded += 1
            self._progress.predicted_ms = now_ms() - first_ms
            await self._emit(piece)
            if self._emitter.stopped is not None:
                break
        if self._progress.decoded:
            await self._misbehave()

    def _pieces(self) -> Iterator[Piece]:
        tokens = self._script.tokens
        if isinstance(tokens, int) or tokens is None:
            asked = self._limit() if tokens is None else min(self._limit(), tokens)
            return itertools.islice(self._drawn(), asked)
        return itertools.islice(iter(tokens), self._limit())

    def _drawn(self) -> Iterator[Piece]:
        params = self._params
        seed: object = params.seed
        if params.temperature <= 0:
            seed = None  # the most likely token is taken, so the seed changes nothing
        elif params.seed == llamacpp.RANDOM_SEED:
            seed = ("unseeded", self._progress.id_task)  # two unseeded answers differ, as the real one's do
        values = (params.temperature, params.top_k, params.top_p, params.min_p)
        return drawn_tokens(self._engine.model, params.prompt, seed, *values)

    def _limit(self) -> int:
        room = self._engine.ctx - self._params.prompt_tokens
        asked = self._params.n_predict
        return room if asked < 0 else min(room, max(asked, 1))

    async def _emit(self, piece: Piece) -> None:
        text = self._emitter.push(piece)
        self._text.append(text or "")
        self._record.first_token_ms = self._record.first_token_ms or now_ms()
        if text is not None and self._params.stream:
            await self._send(llamacpp.chunk(self._params, self._progress, piece, text))
            self._record.events_sent += 1
            self._record.tokens_sent = self._progress.decoded
        self._record.text += text or ""
        self._engine.touched()

    async def _finish(self) -> None:
        stop_type, word = self._stop_type()
        # In a stream what is still held back at the end is lost, as it is with the real one.
        content = "" if self._params.stream else "".join(self._text) + self._emitter.finish()
        last = llamacpp.final(
            self._params,
            self._progress,
            model=self._engine.model,
            content=content,
            stop_type=stop_type,
            word=word,
            ctx=self._engine.ctx,
        )
        self._record.tokens_sent = self._progress.decoded
        if not self._params.stream:
            await self._reply.json(200, self._bent(last) | dict(self._script.override))
            return
        await self._send(last | dict(self._script.override))
        if self._script.done_marker:
            await self._say("data: [DONE]")
        await self._reply.end()

    def _stop_type(self) -> tuple[str, str]:
        if self._emitter.stopped is not None:
            return "word", self._emitter.stopped
        return ("limit", "") if self._progress.decoded >= self._limit() else ("eos", "")

    async def _send(self, data: dict[str, Any]) -> None:
        every = self._script.ping_every
        if every and self._record.events_sent % every == 0:
            await self._say(":")
        await self._say("data: " + json.dumps(self._bent(data), ensure_ascii=False, separators=(",", ":")))

    def _bent(self, data: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in data.items() if name not in self._script.omit}

    async def _say(self, line: str) -> None:
        end = self._script.line_end
        await self._reply.data(f"{line}{end}{end}".encode(), self._script.write_size)

    async def _misbehave(self) -> None:
        """Do what the script wants at this point: after as many tokens as are decoded."""
        script, at = self._script, self._progress.decoded
        if script.hold is not None and at == script.hold_after:
            await script.hold.wait()
        if at == script.malformed_after:
            await self._say("data: " + script.malformed)
        if at == script.error_after:
            await self._fail()
        if at == script.bad_chunk_after:
            await self._reply.wire(b"zz\r\nthis is no chunk\r\n")
            self._reply.cut(reset=False)
            raise _OverError
        if at == script.cut_after:
            self._reply.cut(reset=script.cut_reset)
            raise _OverError
        if at == script.end_after:
            await self._reply.end()
            raise _OverError
        if at == script.stall_after:
            await asyncio.get_running_loop().create_future()

    async def _fail(self) -> None:
        """Fail inside a stream, or, where nothing was said yet, with a status."""
        body = llamacpp.error_body(500, self._script.error_message, self._script.error_type)
        if self._reply.started:
            await self._say("data: " + json.dumps(body, separators=(",", ":")))
            await self._reply.end()
        else:
            await self._reply.json(500, body)
        raise _OverError


async def _sleep_until(when_ms: float) -> None:
    """Sleep until then; at least let others run."""
    await asyncio.sleep(max(0.0, when_ms - now_ms()) / 1000.0)
