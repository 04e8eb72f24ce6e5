"""What can only change at a start is passed over, and all else of the file is taken."""

from typing import Any

from mutants._planting import Patch
from orchestratord import renewing

REQUIREMENTS = ["OC-CONFIG-6009", "OC-CONFIG-6011"]


def plant(patch: Patch) -> None:
    """Find nothing that would need a start."""
    patch(renewing, "changes", _harmless)


def _harmless(real: Any) -> Any:
    return lambda before, after: [one for one in real(before, after) if not one.needs_restart]
