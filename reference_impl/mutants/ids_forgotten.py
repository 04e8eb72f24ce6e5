"""A task that is submitted again is run again."""

from mutants._planting import Patch
from orchestratord.service.intake import Intake

REQUIREMENTS = ["OC-CTRL-2013"]


def plant(patch: Patch) -> None:
    """Know none."""
    patch(Intake, "_known", lambda _real: lambda *_: None)
