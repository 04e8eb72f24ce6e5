"""An event loop without I/O on which time passes by itself, and which can be looked at after every event.

It runs what the service is written in (tasks, futures, timers) and nothing else: no sockets, signals, threads
or contexts. Beside asyncio's own loop it costs a third, which is what lets a million tasks be simulated.
"""

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from typing import Any

Callback = Callable[..., object]


class Event:
    """A callback that is due; what asyncio calls a handle."""

    __slots__ = ("args", "callback", "cancelled_")

    def __init__(self, callback: Callback, args: tuple[Any, ...]) -> None:
        self.callback = callback
        self.args = args
        self.cancelled_ = False

    def cancel(self) -> None:
        """Never call it."""
        self.cancelled_ = True

    def cancelled(self) -> bool:
        """Whether it will never be called."""
        return self.cancelled_


class SimLoop(asyncio.AbstractEventLoop):
    """Time is in seconds. `after_each` is called after every callback."""

    def __init__(self, start_s: float = 1000.0) -> None:
        self.now = start_s
        self.count = 0
        self.after_each: Callable[[], None] = lambda: None
        self.failure: BaseException | None = None
        self._ready: deque[Event] = deque()
        self._timers: list[tuple[float, int, Event]] = []
        self._number = 0

    def time(self) -> float:
        return self.now

    def now_ms(self) -> float:
        """The time in milliseconds, as the service takes it."""
        return self.now * 1000

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def call_soon(self, callback: Callback, *args: Any, context: object = None) -> Any:
        event = Event(callback, args)
        self._ready.append(event)
        return event

    def call_later(self, delay: float, callback: Callback, *args: Any, context: object = None) -> Any:
        return self.call_at(self.now + delay, callback, *args)

    def call_at(self, when: float, callback: Callback, *args: Any, context: object = None) -> Any:
        event = Event(callback, args)
        self._number += 1
        heappush(self._timers, (when, self._number, event))
        return event

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: object = None, context: object = None) -> "asyncio.Task[Any]":
        return asyncio.Task(coro, loop=self)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if self.failure is None:
            self.failure = context.get("exception") or RuntimeError(str(context.get("message")))

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        """Run until the coroutine is done; answers its result. What a callback raises ends the run."""
        events._set_running_loop(self)
        try:
            task = self.create_task(main)
            while not task.done():
                self._step()
            return task.result()
        finally:
            self._end_all()
            events._set_running_loop(None)

    def _end_all(self) -> None:
        """Cancel what a run that failed has left, so that nothing of it is left to be collected."""
        self.after_each, self.failure = (lambda: None), None
        while left := [task for task in asyncio.all_tasks(self) if not task.done()]:
            for task in left:
                task.cancel()
            while self._ready:
                self.failure = None
                self._step()

    def _step(self) -> None:
        ready = self._ready
        if not ready:
            timers = self._timers
            while True:
                assert timers, "everything waits for something that never comes"
                when, _, event = heappop(timers)
                if not event.cancelled_:
                    break
            if when > self.now:
                self.now = when
            ready.append(event)
        event = ready.popleft()
        if event.cancelled_:
            return
        self.count += 1
        event.callback(*event.args)
        self.after_each()
        if self.failure is not None:
            raise self.failure
