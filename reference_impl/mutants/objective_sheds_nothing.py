"""Batch tasks are taken however late interactive ones are served."""

from mutants._planting import Patch
from orchestratord.core.pools.objective_breaker import ObjectiveBreaker

REQUIREMENTS = ["ORCH-3040"]


def plant(patch: Patch) -> None:
    """Be closed at all times."""
    patch(ObjectiveBreaker, "wait_ms", lambda _real: lambda _self, _now_ms: 0.0)
