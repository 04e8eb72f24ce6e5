"""A session spends more than its budgets."""

from mutants._planting import Patch
from orchestratord.core.budgets import Account

REQUIREMENTS = ["OC-CORE-1023"]


def plant(patch: Patch) -> None:
    """Find nothing exceeded."""
    patch(Account, "exceeded", lambda _real: lambda _account, _need: ())
