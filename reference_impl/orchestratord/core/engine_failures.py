"""What follows when an engine fails a task: wait, try again, or tell the client, and how.

A table, and nothing that acts.
"""

from dataclasses import dataclass
from enum import StrEnum

from orchestratord.core.errors import ServerError
from orchqueue_contract.errors import ErrorCode

BACKOFF_FIRST_MS = 50.0
BACKOFF_LONGEST_MS = 1_000.0
BACKOFF_JITTER = 0.5


class FailureKind(StrEnum):
    """How an engine can fail a task."""

    UNREACHABLE = "unreachable"  # no connection came about
    BROKEN = "broken"  # the connection was reset or cut
    NOT_READY = "not-ready"  # it says that it is loading
    BUSY = "busy"  # it says that it has no slot
    REFUSED = "refused"  # it says that the request is wrong
    FAULT = "fault"  # it says that it failed
    STREAM_ERROR = "stream-error"  # it says so inside a stream
    MALFORMED = "malformed"  # what it sent cannot be read


class EngineFailure(ServerError):  # noqa: N818 - an error of the engine, told by what failed
    """An engine did not do what it was asked.

    The message names the engine's fault and nothing of what it was sent or sent back.
    """

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True, slots=True)
class Hold:
    """The task waits in its place, and the replica gets nothing for a while: it is taken, not broken."""

    pause_ms: float


@dataclass(frozen=True, slots=True)
class Retry:
    """The task rests and then takes its place again. `avoid` keeps it from the same replica."""

    pause_ms: float
    avoid: bool


@dataclass(frozen=True, slots=True)
class Fail:
    """The task ends with an error."""

    code: ErrorCode


ENDS_WITH: dict[FailureKind, ErrorCode] = {
    FailureKind.UNREACHABLE: ErrorCode.WORKER_RESET,
    FailureKind.BROKEN: ErrorCode.WORKER_RESET,
    FailureKind.NOT_READY: ErrorCode.WORKER_RESET,
    FailureKind.BUSY: ErrorCode.INTERNAL,
    FailureKind.REFUSED: ErrorCode.INVALID_PARAMS,
    FailureKind.FAULT: ErrorCode.INTERNAL,
    FailureKind.STREAM_ERROR: ErrorCode.INTERNAL,
    FailureKind.MALFORMED: ErrorCode.INTERNAL,
}


def backoff_ms(attempt: int, chance: float) -> float:
    """The pause after attempt n (from 1): doubling from 50 ms to 1 s, jittered by ±50 % with `chance` from 0
    to 1.
    """
    pause = min(BACKOFF_FIRST_MS * 2.0 ** min(attempt - 1, 16), BACKOFF_LONGEST_MS)
    return pause * (1 - BACKOFF_JITTER + 2 * BACKOFF_JITTER * chance)


def decide(
    kind: FailureKind,
    *,
    token_sent: bool,
    attempt: int,
    retries: int,
    others_ready: bool,
    comes_back: bool,
    chance: float,
) -> Hold | Retry | Fail:
    """What becomes of a task whose attempt n (from 1) failed; `others_ready` tells of replicas that it has
    not tried, `comes_back` that the one that failed it is started again.

    For BUSY and NOT_READY, `attempt` counts how often in a row the replica has said so.
    """
    # OC-ADAPT-5081, OC-ADAPT-5080: nothing is repeated after a token was sent.
    if token_sent:
        return Fail(ENDS_WITH[kind])
    pause = backoff_ms(attempt, chance)
    # OC-ADAPT-5082: neither is a fault, so neither uses up a retry.
    if kind in (FailureKind.BUSY, FailureKind.NOT_READY):
        return Hold(pause)
    if kind in (FailureKind.UNREACHABLE, FailureKind.BROKEN):
        # OC-POOL-3032
        if (others_ready or comes_back) and attempt <= retries:
            return Retry(pause, avoid=others_ready)
        return Fail(ErrorCode.REPLICA_EXHAUSTED)
    if kind is FailureKind.FAULT and attempt <= retries:
        return Retry(pause, avoid=False)
    return Fail(ENDS_WITH[kind])
