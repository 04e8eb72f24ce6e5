"""Whether an engine is healthy is not asked."""

from typing import Any

from mutants._planting import Patch
from orchestratord.adapters.link import EngineLink

REQUIREMENTS = ["OC-ADAPT-5001", "OC-ADAPT-5020", "OC-ADAPT-5040"]


def plant(patch: Patch) -> None:
    """Take every engine for healthy."""
    patch(EngineLink, "ask", _healthy)


def _healthy(real: Any) -> Any:
    async def ask(link: EngineLink, path: str, body: Any = None) -> tuple[int, bytes]:
        if "/health" in path:
            return 200, b"{}"
        told: tuple[int, bytes] = await real(link, path, body)
        return told

    return ask
