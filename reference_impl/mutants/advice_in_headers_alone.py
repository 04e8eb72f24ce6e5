"""When to come back stands in the headers, and not in the body."""

from typing import Any

from mutants._planting import Patch
from orchestratord.http import rendering

REQUIREMENTS = ["ORCH-2007"]


def plant(patch: Patch) -> None:
    """Leave it out of the envelope."""
    patch(rendering, "envelope", _without)


def _without(real: Any) -> Any:
    def envelope(*told: Any) -> dict[str, Any]:
        return {name: value for name, value in real(*told).items() if name != "retry_after_ms"}

    return envelope
