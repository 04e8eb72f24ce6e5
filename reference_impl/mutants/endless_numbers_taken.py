"""A number that is not finite is taken."""

from mutants._planting import Patch
from orchestratord import config_file

REQUIREMENTS = ["OC-CONFIG-6007"]


def plant(patch: Patch) -> None:
    """Look for none."""
    patch(config_file, "_impossible", lambda _real: lambda *_: iter(()))
