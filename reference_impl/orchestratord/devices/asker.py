"""A thread for questions to a driver, which may take long, or never be answered."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from orchestratord.devices.base import DeviceError

T = TypeVar("T")


class Asker(ABC):
    """Has questions answered without keeping the event loop."""

    @abstractmethod
    async def ask(self, question: Callable[[], T]) -> T:
        """What the question answers or raises. Raises DeviceError while an earlier one is not answered."""

    @abstractmethod
    def close(self) -> None:
        """Ask no more."""


class DriverThread(Asker):
    """One thread, begun with the first question. It keeps no process from ending, whatever becomes of it."""

    def __init__(self) -> None:
        self._questions: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._busy = False

    async def ask(self, question: Callable[[], T]) -> T:
        if self._busy:
            raise DeviceError("the driver has not answered yet")
        if self._thread is None:
            self._thread = threading.Thread(target=self._answer_all, name="devices", daemon=True)
            self._thread.start()
        loop, answer = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        self._busy = True
        self._questions.put(lambda: self._answer(question, loop, answer))
        told: T = await answer
        return told

    def close(self) -> None:
        self._questions.put(None)

    def _answer_all(self) -> None:
        while (question := self._questions.get()) is not None:
            question()

    def _answer(
        self, question: Callable[[], Any], loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[Any]"
    ) -> None:
        told: Any = None
        failure: Exception | None = None
        try:
            told = question()
        except Exception as error:  # noqa: BLE001 - it is whoever asked who has to know
            failure = error
        try:
            loop.call_soon_threadsafe(self._deliver, answer, told, failure)
        except RuntimeError:
            return  # the loop has ended, and with it whoever asked

    def _deliver(self, answer: "asyncio.Future[Any]", told: Any, failure: Exception | None) -> None:
        self._busy = False
        if answer.done():
            return  # whoever asked has given up
        if failure is None:
            answer.set_result(told)
        else:
            answer.set_exception(failure)
