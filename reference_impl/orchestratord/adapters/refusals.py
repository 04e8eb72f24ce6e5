"""What the status of an answer means where an engine does not begin to generate.

The texts of engines are looked at by their own wire modules; they may quote the prompt and are never passed
on.
"""

from orchestratord.core.engine_failures import EngineFailure, FailureKind

# OC-ADAPT-5081, OC-ADAPT-5082
_KINDS = {
    400: FailureKind.REFUSED,
    413: FailureKind.REFUSED,
    422: FailureKind.REFUSED,
    429: FailureKind.BUSY,
    503: FailureKind.BUSY,
}


def refusal(status: int) -> EngineFailure:
    """What a status means with any engine."""
    kind = _KINDS.get(status, FailureKind.FAULT)
    if kind is FailureKind.BUSY:
        return busy()
    if kind is FailureKind.REFUSED:
        return refused(f"with status {status}")
    return EngineFailure(kind, f"the engine answered with status {status}")


def busy() -> EngineFailure:
    """The engine has no room now."""
    return EngineFailure(FailureKind.BUSY, "the engine has no free slot")


def loading() -> EngineFailure:
    """The engine is there, and not ready."""
    return EngineFailure(FailureKind.NOT_READY, "the engine is loading its model")


def refused(how: str) -> EngineFailure:
    """The engine will not have the request."""
    return EngineFailure(FailureKind.REFUSED, f"the engine refused the task {how}")


def question_failed(what: str, status: int) -> EngineFailure:
    """A question about the engine itself was answered with a status that is none of a healthy one."""
    return EngineFailure(FailureKind.FAULT, f"the engine's {what} answer with status {status}")
