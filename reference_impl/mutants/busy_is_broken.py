"""An engine that is busy is taken for one that fails."""

from mutants._planting import Patch
from orchestratord.adapters import refusals
from orchestratord.core.engine_failures import EngineFailure, FailureKind

REQUIREMENTS = ["OC-ADAPT-5082"]


def plant(patch: Patch) -> None:
    """Make a fault of it."""
    patch(refusals, "busy", lambda _real: lambda: EngineFailure(FailureKind.REFUSED, "the engine is busy"))
