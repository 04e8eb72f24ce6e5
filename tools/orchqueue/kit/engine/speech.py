"""One answer as its script wants it: what goes wrong in it and when, and how its events are written.

Knows the script and the format's manners; what is said is the format's, and when is the completion's.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from orchqueue.kit.engine.ask import Ask
from orchqueue.kit.engine.connection import Reply
from orchqueue.kit.engine.fields import changed, without
from orchqueue.kit.engine.script import EngineScript
from orchqueue.kit.engine.wire import Answer, Event, RefusedError, Wire, compact


class OverError(Exception):
    """The script has ended the answer before its time."""


class Speech:
    """Says events and whole answers, bent by the script."""

    def __init__(self, wire: Wire, script: EngineScript, ask: Ask, reply: Reply) -> None:
        self._wire, self._script, self._reply = wire, script, reply
        self._stream = ask.stream
        self._events = 0

    async def say(self, events: Iterable[Event]) -> None:
        """Send events, with the pings that the script wants between them."""
        every = self._script.ping_every
        for event in events:
            if every and self._events % every == 0:
                await self._write(":")
            self._events += 1
            await self._data(compact(self._bent(event.data, last=event.last)))

    async def whole(self, data: Any) -> None:
        """Send the answer to a request that wants no stream."""
        await self._reply.json(200, self._bent(data, last=True))

    async def finish(self, *, after_error: bool = False) -> None:
        """End the stream as the format does."""
        manners = self._wire.manners
        done = self._script.done_marker
        if done is None:
            done = manners.done_after_error if after_error else manners.done
        if done:
            await self._data("[DONE]")
        await self._reply.end()

    async def refuse(self, refused: RefusedError) -> None:
        """Answer with an error, as an event where it is one."""
        if not refused.as_event and not refused.in_stream:
            await self._reply.json(refused.status, refused.body)
            return
        await self._reply.begin(200 if refused.in_stream else refused.status)
        await self._data(compact(refused.body))
        await self.finish(after_error=True)

    async def at(self, count: int) -> None:
        """Do what the script wants after so many tokens; raises OverError when the answer ends with it."""
        script = self._script
        if script.hold is not None and count == script.hold_after:
            await script.hold.wait()
        if count == script.malformed_after:
            await self._malformed()
        if count == script.error_after:
            await self._fail()
        if count == script.bad_chunk_after:
            await self._reply.wire(b"zz\r\nthis is no chunk\r\n")
            self._cut(reset=False)
        if count == script.cut_after:
            self._cut(reset=script.cut_reset)
        if count == script.end_after:
            await self._end()
        if count == script.stall_after:
            await asyncio.get_running_loop().create_future()

    async def _malformed(self) -> None:
        if self._stream:
            await self._data(self._script.malformed)
            return
        await self._reply.whole(Answer(200, self._wire.manners.json_type, self._script.malformed.encode()))
        raise OverError

    async def _fail(self) -> None:
        """Fail inside a stream, or, where nothing was said yet, by an answer."""
        message, kind = self._script.error_message, self._script.error_type
        if self._reply.started:
            await self._data(compact(self._wire.error(message, kind)))
            await self.finish(after_error=True)
        else:
            await self.refuse(self._wire.failure(message, kind, stream=self._stream))
        raise OverError

    async def _end(self) -> None:
        if self._stream:
            await self._reply.end()
        else:
            await self._reply.whole(Answer(200, self._wire.manners.json_type))
        raise OverError

    def _cut(self, *, reset: bool) -> None:
        self._reply.cut(reset=reset)
        raise OverError

    def _bent(self, data: Any, *, last: bool) -> Any:
        if last:
            data = changed(data, self._script.override)
        return without(data, self._script.omit)

    async def _data(self, text: str) -> None:
        space = self._script.data_space
        space = self._wire.manners.data_space if space is None else space
        await self._write(f"data:{' ' if space else ''}{text}")

    async def _write(self, line: str) -> None:
        end = self._script.line_end
        await self._reply.data(f"{line}{end}{end}".encode(), self._script.write_size)
