"""The kit's errors.

Each says what happened at the wire and what to do; verdicts are drawn from them elsewhere.
"""

from orchqueue.errors import OrchQueueError


class KitError(OrchQueueError):
    """Something at the wire, in a process or in a file kept the kit from observing what it was asked to."""


class NotTestable(KitError):  # noqa: N818 - it is a verdict, not a fault
    """A state that a check needs could not be set up on this target; `reason` goes into the verdict."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TransportError(KitError):
    """No complete HTTP response: refused, reset, closed early, or not HTTP."""


class WireTimeout(TransportError):  # noqa: N818 - named for what ran out
    """What was waited for did not arrive within its time."""


class StreamEnded(TransportError):  # noqa: N818 - named for what happened
    """A stream ended before the event that was waited for."""


class TargetError(KitError):
    """A launched server died or never answered; the message holds its exit code and the end of its stderr."""


class ScriptError(KitError):
    """An engine's script holds a field or value that no engine format knows."""


class EngineError(KitError):
    """An engine of the kit's own could not be started."""


class ExpositionError(KitError):
    """A text that is not a metrics exposition. `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason
