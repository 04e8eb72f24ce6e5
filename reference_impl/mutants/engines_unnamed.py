"""Errors name no engine."""

from typing import Any

from mutants._planting import Patch
from orchestratord.http import rendering

REQUIREMENTS = ["ORCH-2006"]


def plant(patch: Patch) -> None:
    """Leave it out."""
    patch(rendering, "envelope", _unnamed)


def _unnamed(real: Any) -> Any:
    def envelope(*told: Any) -> dict[str, Any]:
        return {name: value for name, value in real(*told).items() if name != "engine"}

    return envelope
