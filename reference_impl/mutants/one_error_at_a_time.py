"""Of the errors of a file only the first is told."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core.errors import ConfigurationError

REQUIREMENTS = ["OC-CONFIG-6005"]


def plant(patch: Patch) -> None:
    """Keep one."""
    patch(ConfigurationError, "__init__", _first)


def _first(real: Any) -> Any:
    def init(error: ConfigurationError, problems: Any) -> None:
        real(error, list(problems)[:1])

    return init
