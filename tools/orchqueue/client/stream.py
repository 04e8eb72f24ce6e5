"""A task's stream: typed events, each once and in order, taken up again after a loss of the connection."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from orchqueue.client.errors import (
    BusyError,
    ContractError,
    StreamLostError,
    TaskFailedError,
    UnreachableError,
)
from orchqueue.client.reading import parse, refusal
from orchqueue.client.transport import Answer, Response, Transport, media_type
from orchqueue.client.values import Budgets
from orchqueue.sse import SseEvent, SseReader
from orchqueue_contract.events import EVENTS, EndEvent, MetricsEvent, StartedEvent, TokenEvent
from orchqueue_contract.models import StreamError

EventData = StartedEvent | TokenEvent | MetricsEvent | EndEvent | StreamError
_DELAY_S, _MAX_DELAY_S = 0.1, 5.0


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event: its id, its name, and its data as the contract's model for that name."""

    id: int
    name: str
    data: EventData


@dataclass(frozen=True, slots=True)
class Loss:
    """A connection that was lost: why, and after how many seconds the stream is opened again."""

    reason: str
    again_in_s: float


class TaskStream:
    """Iterate over it for the events. Use it as a context manager, so that its connection has an end.

    `last_event_id` is that of the last event given out, None before the first; `budgets` what the session had
    left when the stream was last opened. Iterating ends after the terminal event, and raises StreamLostError
    when the server could not be reached for `patience_s`, RefusedError when it refuses, ContractError.
    """

    def __init__(
        self,
        transport: Transport,
        path: str,
        task_id: str,
        *,
        after: int | None,
        patience_s: float,
        silence_s: float,
        on_loss: Callable[[Loss], None] | None,
    ) -> None:
        self.last_event_id = after
        self.budgets: Budgets | None = None
        self._transport, self._path, self._task_id = transport, path, task_id
        self._patience_s, self._silence_s, self._on_loss = patience_s, silence_s, on_loss
        self._response: Response | None = None
        self._reader = SseReader(first_id=None)
        self._read: deque[SseEvent] = deque()
        self._ended = False
        self._lost_at: float | None = None
        self._losses = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        while True:
            if self._ended:
                await self.aclose()
                raise StopAsyncIteration
            if not self._read:
                await self._read_on()
            elif (event := self._typed(self._read.popleft())) is not None:
                return event

    async def text(self) -> str:
        """Read to the end and return all tokens together; raises TaskFailedError when it is an error."""
        parts: list[str] = []
        async for event in self:
            if isinstance(event.data, TokenEvent):
                parts.append(event.data.t)
            elif isinstance(event.data, StreamError):
                raise TaskFailedError(event.data)
        return "".join(parts)

    async def aclose(self) -> None:
        """Leave the stream. The task goes on, unless its pool is configured otherwise. Safe to repeat."""
        response, self._response = self._response, None
        if response is not None:
            await response.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _read_on(self) -> None:
        """Wait for bytes or the end; what is lost on the way is opened again."""
        try:
            if self._response is None:
                await self._open()
            if self._response is not None:
                self._take(await self._response.read(self._silence_s))
        except (UnreachableError, BusyError) as error:
            await self.aclose()
            await self._pause(error)

    async def _open(self) -> None:
        headers = {"Accept": "text/event-stream"}
        if self.last_event_id is not None:
            headers["Last-Event-ID"] = str(self.last_event_id)
        response = await self._transport.open(self._path, headers)
        if response.status == 200 and media_type(response.headers) == "text/event-stream":
            self.budgets = Budgets.from_headers(response.headers)
            self._reader = SseReader(first_id=None)
            self._response = response
            return
        async with response:
            answer = Answer(response.status, response.headers, await response.whole(self._silence_s))
        if response.status != 204:
            raise refusal(answer, f"GET {self._path}")
        self._ended = True  # OC-CTRL-2014: nothing comes after the event that was named

    def _take(self, data: bytes) -> None:
        if not data:
            raise UnreachableError("the stream ended before the task did")
        events = self._reader.feed(data, 0.0)
        if events or self._reader.comments:
            self._lost_at, self._losses = None, 0
        self._read.extend(events)
        # The reader keeps all that it ever read; a stream may be long, and nobody asks for that here.
        self._reader.events.clear()
        self._reader.comments.clear()
        self._reader.findings.clear()

    async def _pause(self, error: UnreachableError | BusyError) -> None:
        """Wait before the next attempt, as long as there is patience left. OC-CLIENT-8501."""
        now = asyncio.get_running_loop().time()
        self._lost_at = now if self._lost_at is None else self._lost_at
        # The first time at once; then ever later, and not all clients of a server at the same moment.
        delay_s = min(_DELAY_S * (2**self._losses - 1), _MAX_DELAY_S) * random.uniform(1, 1.5)  # noqa: S311
        if isinstance(error, BusyError):
            delay_s = max(delay_s, error.retry_after_s or 0.0)
        if now + delay_s - self._lost_at >= self._patience_s:
            if isinstance(error, BusyError):
                raise error
            raise StreamLostError(
                f"{error}; given up after {self._patience_s:g} s, the task may run on",
                self._task_id,
                self.last_event_id,
            ) from error
        self._losses += 1
        if self._on_loss is not None:
            self._on_loss(Loss(str(error), delay_s))
        await asyncio.sleep(delay_s)

    def _typed(self, event: SseEvent) -> StreamEvent | None:
        """Return an event as its model; None for one of a kind that the contract does not know yet."""
        due = 0 if self.last_event_id is None else self.last_event_id + 1
        if event.id != str(due):
            raise ContractError(f"the stream sent the event id {event.id!r} where {due} was due")
        spec = EVENTS.get(event.event)
        self.last_event_id = due
        if spec is None:
            return None
        data = parse(spec.model, event.data, f"event {due}, {event.event},")
        assert isinstance(data, StartedEvent | TokenEvent | MetricsEvent | EndEvent | StreamError)
        self._ended = spec.terminal
        return StreamEvent(due, event.event, data)
