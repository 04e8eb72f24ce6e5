"""Where a worker stands, as a table of states, causes and timers. The page in `docs` is drawn from it.

Whoever moves a worker names the cause and never the state, so a transition that is not in the table cannot be
written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from orchestratord.core.errors import ServerError


class WorkerState(StrEnum):
    """Where a worker stands, best for a pool first."""

    READY = "ready"
    DRAINING = "draining"
    PROVING = "proving"
    PRELOADING = "preloading"
    PROVISIONING = "provisioning"
    SILENT = "silent"
    UNREADY = "unready"
    BACKOFF = "backoff"
    STOPPED = "stopped"


class Cause(StrEnum):
    """Why a worker moves. `says` tells it in words."""

    BEGIN = "begin", "its process is started, or its address is asked for the first time"
    LOADED = "loaded", "it answers that its model is loaded"
    PROVEN = "proven", "it decoded, cancelled and told what it is"
    BEAT = "beat", "it was heard of"
    SILENCE = "silence", "it was not heard of for too long"
    FAILED = "failed", "it crashed, said that it cannot, or did what it must not"
    REST = "rest", "it is left alone for a while"
    RETRY = "retry", "the while is over"
    DRAIN = "drain", "it shall get nothing new"
    EMPTIED = "emptied", "nothing runs on it any more, or nothing may"
    RELOAD = "reload", "it shall serve again, perhaps another model"
    STOP = "stop", "it shall end, whatever it does"

    says: str

    def __new__(cls, value: str, says: str) -> "Cause":
        """A cause by its name, with the words that tell it."""
        cause = str.__new__(cls, value)
        cause._value_ = value
        cause.says = says
        return cause


_S, _C = WorkerState, Cause

TRANSITIONS: Mapping[tuple[WorkerState, Cause], WorkerState] = {
    (_S.PROVISIONING, _C.BEGIN): _S.PRELOADING,
    (_S.PRELOADING, _C.LOADED): _S.PROVING,
    (_S.PROVING, _C.PROVEN): _S.READY,
    (_S.READY, _C.SILENCE): _S.SILENT,
    (_S.SILENT, _C.BEAT): _S.READY,
    # What is alive and fails waits and begins anew.
    (_S.PROVISIONING, _C.FAILED): _S.UNREADY,
    (_S.PRELOADING, _C.FAILED): _S.UNREADY,
    (_S.PROVING, _C.FAILED): _S.UNREADY,
    (_S.READY, _C.FAILED): _S.UNREADY,
    (_S.SILENT, _C.FAILED): _S.UNREADY,
    (_S.UNREADY, _C.REST): _S.BACKOFF,
    (_S.BACKOFF, _C.RETRY): _S.PRELOADING,
    # What is to be given up does not begin anew.
    (_S.READY, _C.DRAIN): _S.DRAINING,
    (_S.SILENT, _C.DRAIN): _S.DRAINING,
    (_S.DRAINING, _C.EMPTIED): _S.STOPPED,
    (_S.DRAINING, _C.FAILED): _S.STOPPED,
    (_S.PROVISIONING, _C.DRAIN): _S.STOPPED,
    (_S.PRELOADING, _C.DRAIN): _S.STOPPED,
    (_S.PROVING, _C.DRAIN): _S.STOPPED,
    (_S.UNREADY, _C.DRAIN): _S.STOPPED,
    (_S.BACKOFF, _C.DRAIN): _S.STOPPED,
    (_S.STOPPED, _C.RELOAD): _S.PRELOADING,
    **{(state, _C.STOP): _S.STOPPED for state in _S},
    # What changes nothing is no mistake: it is heard of, or not, in any state.
    **{(state, _C.BEAT): state for state in _S if state is not _S.SILENT},
    **{(state, _C.SILENCE): state for state in _S if state is not _S.READY},
}


@dataclass(frozen=True, slots=True)
class Timer:
    """A worker that stays in a state for as long as a setting of its pool says moves by the cause."""

    setting: str
    cause: Cause


# States that follow each other with the same setting share one time.
TIMERS: Mapping[WorkerState, Timer] = {
    _S.PRELOADING: Timer("preload_ms", _C.FAILED),
    _S.PROVING: Timer("preload_ms", _C.FAILED),
    _S.READY: Timer("heartbeat.stale_after_ms", _C.SILENCE),  # since it was heard of last
    _S.SILENT: Timer("restart.silent_ms", _C.FAILED),  # of one that the server runs itself
    _S.BACKOFF: Timer("restart", _C.RETRY),
}


class IllegalMoveError(ServerError):
    """A worker was moved by a cause that its state does not know: a defect of the caller."""

    def __init__(self, state: WorkerState, cause: Cause) -> None:
        super().__init__(f"a worker that is {state} cannot be moved by {cause}")
        self.state = state
        self.cause = cause


def after(state: WorkerState, cause: Cause) -> WorkerState:
    """The state that follows. Raises IllegalMoveError."""
    try:
        return TRANSITIONS[state, cause]
    except KeyError:
        raise IllegalMoveError(state, cause) from None


def best(states: "list[WorkerState]") -> WorkerState:
    """How a pool stands whose workers stand so: as the best of them; stopped without any."""
    order = list(WorkerState)
    return min(states, key=order.index, default=WorkerState.STOPPED)
