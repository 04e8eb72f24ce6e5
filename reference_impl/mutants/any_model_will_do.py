"""A task for an absent model is taken by another."""

from mutants._planting import Patch
from orchestratord.core import admission

REQUIREMENTS = ["OC-CORE-1026"]


def plant(patch: Patch) -> None:
    """Let every pool serve every task."""
    patch(admission, "candidates", lambda _real: lambda _spec, pools: list(pools))
