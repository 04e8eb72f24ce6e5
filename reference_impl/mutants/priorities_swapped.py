"""Batch tasks go before interactive ones."""

from mutants._planting import Patch
from orchestratord.core import admission
from orchestratord.core.tasks import PRIORITY_RANK

REQUIREMENTS = ["OC-CORE-1004"]


def plant(patch: Patch) -> None:
    """Take each priority for the other."""
    patch.value(admission, "PRIORITY_RANK", {name: 1 - rank for name, rank in PRIORITY_RANK.items()})
    patch.met()
