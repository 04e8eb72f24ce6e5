"""How an engine goes away: after what, in which words, and how its process ends."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchqueue.kit.errors import ScriptError

_KINDS: Mapping[str, type] = {"after": int, "status": int, "signal": str, "words": list}


@dataclass(frozen=True)
class Ending:
    """An engine that ends after `after` tokens of a request, or requests of a process; 0 is before the first.

    A process writes `words`, one a line, and ends with `status`, or by `signal` (`KILL`, say). An engine in a
    thread of the kit's closes its port and its connections, as the kernel does for a process.
    """

    after: int = 0
    status: int = 1
    signal: str | None = None
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.after < 0:
            raise ScriptError(f"an engine ends after {self.after}; it counts from 0")
        if not 0 <= self.status <= 255:
            raise ScriptError(f"an engine ends with status {self.status}; it lies within 0 to 255")
        if self.signal is not None and f"SIG{self.signal}" not in signal.Signals.__members__:
            raise ScriptError(f"an engine ends by {self.signal!r}, which is no signal; KILL is one")

    @property
    def number(self) -> int | None:
        """The number of the signal, None where it ends by itself."""
        return None if self.signal is None else int(signal.Signals[f"SIG{self.signal}"])

    @classmethod
    def from_mapping(cls, data: Any) -> "Ending":
        """Read it from a file's mapping. Raises ScriptError."""
        if not isinstance(data, dict):
            raise ScriptError(f"ends is {data!r}, not a mapping")
        unknown = sorted(str(name) for name in set(data) - set(_KINDS))
        if unknown:
            raise ScriptError(f"unknown field {unknown[0]!r} in ends; known are {', '.join(sorted(_KINDS))}")
        for name, value in data.items():
            if not isinstance(value, _KINDS[name]) or isinstance(value, bool):
                raise ScriptError(f"ends.{name} is {value!r}, of the wrong type")
        return cls(**{**data, "words": tuple(map(str, data.get("words", ())))})
