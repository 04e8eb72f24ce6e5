"""Strict tasks are taken by replicas of different versions."""

from mutants._planting import Patch
from orchestratord.service import pool

REQUIREMENTS = ["OC-CORE-1032", "ORCH-3047"]


def plant(patch: Patch) -> None:
    """Take all workers for equal."""
    patch(pool, "_what_decides", lambda _real: lambda _worker: ())
