"""What engines say about themselves, together with what the configuration says of them."""

from orchestratord.adapters.plan import AdapterPlan
from orchestratord.core.engine_failures import EngineFailure, FailureKind

UNKNOWN_VERSION = "unknown"
LONGEST_VERSION = 128


def named_version(told: str | None) -> str:
    """The engine's version as it is shown: what it told, or that it told nothing."""
    # OC-ADAPT-5011
    return (told or UNKNOWN_VERSION)[:LONGEST_VERSION]


def least(told: int, given: int | None) -> int:
    """What the engine told, or less where the configuration says so."""
    return told if given is None else min(told, given)


def context(told: int | None, plan: AdapterPlan) -> int:
    """The context in tokens. Raises EngineFailure where nobody tells it."""
    # OC-ADAPT-5012
    if told is not None and told > 0:
        return least(told, plan.ctx)
    if plan.ctx is None:
        raise EngineFailure(FailureKind.FAULT, "the engine tells no context, and the pool's ctx is not given")
    return plan.ctx


def slots(plan: AdapterPlan) -> int:
    """The slots of an engine that tells none: those of the configuration, which is refused without them."""
    return 1 if plan.slots is None else plan.slots
