"""Scripts that wait for their requests. A table that any thread may write; plays nothing."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from orchqueue.kit.engine.ask import Ask
from orchqueue.kit.engine.script import EngineScript


@dataclass(frozen=True)
class _Planned:
    """A script for one coming request; `prompt` restricts it to requests that hold that text."""

    script: EngineScript
    prompt: str | None

    def suits(self, ask: Ask) -> bool:
        return self.prompt is None or any(self.prompt in text for text in (ask.prompt, *ask.inputs))


class Planned:
    """The scripts for coming requests in order, and the one for all others."""

    def __init__(self, default: EngineScript) -> None:
        self._lock = threading.Lock()
        self._default = default
        self._scripts: list[_Planned] = []

    @property
    def default(self) -> EngineScript:
        """The script of requests for which nothing else was said."""
        return self._default

    @default.setter
    def default(self, script: EngineScript) -> None:
        self._default = script

    def add(self, scripts: Iterable[EngineScript], prompt: str | None) -> None:
        """Append scripts for the next requests, or for the next that hold `prompt`."""
        with self._lock:
            self._scripts += [_Planned(script, prompt) for script in scripts]

    def clear(self) -> None:
        """Forget all, the default too."""
        with self._lock:
            self._scripts.clear()
            self._default = EngineScript()

    def take(self, ask: Ask) -> EngineScript:
        """Return the script of this request, and forget it."""
        with self._lock:
            for index, planned in enumerate(self._scripts):
                if planned.suits(ask):
                    return self._scripts.pop(index).script
            return self._default
