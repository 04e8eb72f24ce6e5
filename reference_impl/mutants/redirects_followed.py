"""A prompt follows the redirects of an engine."""

from typing import Any

import aiohttp

from mutants._planting import Patch

REQUIREMENTS = ["OC-ADAPT-5085"]


def plant(patch: Patch) -> None:
    """Go where the engine says."""
    patch(aiohttp.ClientSession, "_request", _following)


def _following(real: Any) -> Any:
    async def request(session: Any, *args: Any, **named: Any) -> Any:
        return await real(session, *args, **{**named, "allow_redirects": True})

    return request
