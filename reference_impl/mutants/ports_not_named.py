"""A server whose port is taken does not say which."""

from typing import Any

from mutants._planting import Patch
from orchestratord import app
from orchestratord.core.errors import ConfigurationError

REQUIREMENTS = ["OC-OPS-8007"]


def plant(patch: Patch) -> None:
    """Say that something is in the way."""
    patch(app, "bind", _vague)


def _vague(real: Any) -> Any:
    def listen(*args: Any) -> Any:
        try:
            return real(*args)
        except ConfigurationError:
            raise ConfigurationError(["cannot listen"]) from None

    return listen
