"""A task is tried once more than its pool allows."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import relay

REQUIREMENTS = ["OC-ADAPT-5080"]


def plant(patch: Patch) -> None:
    """Allow another attempt."""
    patch(relay, "decide", _patient)


def _patient(real: Any) -> Any:
    def decide(*args: Any, **named: Any) -> Any:
        return real(*args, **{**named, "retries": named["retries"] + 1})

    return decide
