"""A task is tried again after it has sent a token."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import relay

REQUIREMENTS = ["OC-ADAPT-5080"]


def plant(patch: Patch) -> None:
    """Take no token for sent."""
    patch(relay, "decide", _repeating)


def _repeating(real: Any) -> Any:
    def decide(*args: Any, **named: Any) -> Any:
        return real(*args, **{**named, "token_sent": False})

    return decide
