"""What is wrong with a file is told with its values."""

from mutants._planting import Patch
from orchestratord import config_file

REQUIREMENTS = ["OC-CONFIG-6008"]


def plant(patch: Patch) -> None:
    """Tell them."""
    patch(config_file, "_told", lambda _real: lambda problem: str(problem.message))
