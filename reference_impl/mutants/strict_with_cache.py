"""Engines may use what they remember of earlier prompts for strict tasks."""

from mutants._planting import Patch
from orchestratord.core.tasks import TaskSpec

REQUIREMENTS = ["OC-TEST-7002"]


def plant(patch: Patch) -> None:
    """Let every task reuse the cache."""
    patch(TaskSpec, "reuses_cache", lambda _real: lambda _: True)
