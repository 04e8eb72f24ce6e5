"""One completion: tokens generated at a pace, and told in the engine's format.

Owns the pace; slots and records belong to the engine, what goes wrong to `speech`, words to the format.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from orchqueue.kit.clock import now_ms
from orchqueue.kit.engine.ask import Ask
from orchqueue.kit.engine.facts import Facts, Progress
from orchqueue.kit.engine.record import EngineRequest
from orchqueue.kit.engine.script import EngineScript, Piece, Special
from orchqueue.kit.engine.speech import OverError, Speech
from orchqueue.kit.engine.text import Emitter, drawn_tokens, other_token
from orchqueue.kit.engine.wire import End, Step, Wire


@dataclass(frozen=True)
class Job:
    """One request that is worked on: what it asks for, how it shall go, how far it is, and its record."""

    ask: Ask
    script: EngineScript
    progress: Progress
    record: EngineRequest


class Completion:
    """Generates tokens and sends them as events, or all at once when no stream was asked for.

    `pace_ms` is the time of a token where its script names none, `touched` is called when there is news, and
    `disturbed` tells whether a token that is drawn now is another than it would be.
    """

    def __init__(
        self,
        wire: Wire,
        facts: Facts,
        job: Job,
        speech: Speech,
        *,
        pace_ms: float,
        touched: Callable[[], None],
        disturbed: Callable[[], bool],
    ) -> None:
        self._wire, self._speech, self._touched, self._model = wire, speech, touched, facts.model
        self._ask, self._script, self._progress, self._record = job.ask, job.script, job.progress, job.record
        self._talk = wire.talk(job.ask, facts, job.progress)
        self._pace_ms = pace_ms if job.script.ms_per_token is None else job.script.ms_per_token
        self._disturbed = disturbed
        self._emitter = Emitter(job.ask.stop, shown=wire.shows_stop_words)
        self._unsent: list[str] = []
        self._gathered = 0

    async def run(self) -> bool:
        """Play to the end; tell whether the answer was complete."""
        started_ms = now_ms()
        try:
            await self._generate(started_ms)
            await self._finish()
        except OverError:
            return False
        return True

    async def _generate(self, started_ms: float) -> None:
        progress = self._progress
        await self._speech.at(0)
        await sleep_until(started_ms + self._script.prompt_ms)
        progress.prompt_ms = now_ms() - started_ms
        first_ms = now_ms()
        for piece, more in _with_more(self._pieces()):
            if progress.decoded:
                await self._speech.at(progress.decoded)
            if self._script.each is not None:
                await self._script.each.wait()
            await sleep_until(first_ms + self._pace_ms * (progress.decoded + 1))
            progress.decoded += 1
            progress.predicted_ms = now_ms() - first_ms
            await self._emit(piece, more=more)
            if self._emitter.stopped is not None:
                break
        if progress.decoded:
            await self._speech.at(progress.decoded)

    def _pieces(self) -> Iterator[Piece]:
        tokens, limit = self._script.tokens, self._ask.limit
        if tokens is None or isinstance(tokens, int):
            drawn = drawn_tokens(self._model, *self._ask.drawing(("unseeded", self._progress.id_task)))
            drawn = (other_token(piece) if self._disturbed() else piece for piece in drawn)
            return itertools.islice(drawn, limit if tokens is None else min(limit, tokens))
        return itertools.islice(iter(tokens), limit)

    async def _emit(self, piece: Piece, *, more: bool) -> None:
        shown = self._emitter.push(piece)
        self._record.first_token_ms = self._record.first_token_ms or now_ms()
        self._take(shown or "")
        over = self._emitter.stopped is not None or not more
        end = self._end() if over and not self._script.pauses_at(self._progress.decoded) else None
        if self._is_told(shown, end):
            text = self._record.text if self._script.cumulative else "".join(self._unsent)
            self._unsent.clear()
            self._gathered = 0
            await self._speech.say(self._talk.token(Step(piece, text, isinstance(piece, Special), end)))
            self._record.events_sent += 1
            self._record.tokens_sent = self._progress.decoded
        self._touched()

    def _is_told(self, shown: str | None, end: End | None) -> bool:
        """Whether there is an event now; else the token comes with a later one."""
        self._gathered += 1
        if not self._ask.stream or (shown is None and self._wire.silent_tokens):
            return False
        full = self._gathered >= self._script.tokens_per_event
        return end is not None or full or self._script.pauses_at(self._progress.decoded)

    def _take(self, text: str) -> None:
        self._unsent.append(text)
        self._record.text += text

    def _end(self) -> End:
        """Tell how it ended; what was withheld until then is shown now, where the format shows it."""
        if not (self._ask.stream and self._wire.loses_withheld):
            self._take(self._emitter.finish())
        rest = "".join(self._unsent)
        if self._emitter.stopped is not None:
            return End("word", self._emitter.stopped, self._record.text, rest)
        full = self._progress.decoded >= self._ask.limit
        return End("length" if full else "stop", "", self._record.text, rest)

    async def _finish(self) -> None:
        end = self._end()
        self._record.tokens_sent = self._progress.decoded
        if not self._ask.stream:
            await self._speech.whole(self._talk.whole(end))
            return
        await self._speech.say(self._talk.end(end))
        await self._speech.finish()


def _with_more(pieces: Iterator[Piece]) -> Iterator[tuple[Piece, bool]]:
    """Yield each piece, and whether another follows."""
    ahead = next(pieces, None)
    while ahead is not None:
        piece, ahead = ahead, next(pieces, None)
        yield piece, ahead is not None


async def sleep_until(when_ms: float) -> None:
    """Sleep until then; at least let others run."""
    await asyncio.sleep(max(0.0, when_ms - now_ms()) / 1000.0)
