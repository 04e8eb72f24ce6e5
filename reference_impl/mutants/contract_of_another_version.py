"""Capabilities name another version of the contract than the one that the server implements."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.http import operations

REQUIREMENTS = ["OC-CTRL-2061", "ORCH-3096"]


def plant(patch: Patch) -> None:
    """Tell the version that comes next."""
    patch(operations, "Capabilities", _of_the_next)


def _of_the_next(real: Callable[..., Any]) -> Callable[..., Any]:
    def capabilities(*, api_version: str, **more: Any) -> Any:
        major = int(api_version.partition(".")[0])
        return real(api_version=f"{major + 1}.0.0", **more)

    return capabilities
