"""What is worth another try is told as not, and the other way round."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.http import rendering
from orchestratord.service import events

REQUIREMENTS = ["OC-CTRL-2032"]


def plant(patch: Patch) -> None:
    """Tell the opposite of the table."""
    for module in (rendering, events):
        patch(module, "envelope", _opposite)


def _opposite(real: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def envelope(*args: Any) -> dict[str, Any]:
        told = real(*args)
        return {**told, "retriable": not told["retriable"]}

    return envelope
