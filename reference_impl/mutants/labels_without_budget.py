"""Labels take any number of values."""

from mutants._planting import Patch
from orchestratord.metrics import LabelBudgets

REQUIREMENTS = ["OC-METRICS-7102"]


def plant(patch: Patch) -> None:
    """Admit every value."""
    patch(LabelBudgets, "admit", lambda _real: lambda _budgets, _label, value: value or "none")
