"""A task whose worker has crashed ends, though it had sent nothing."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.service import relay

REQUIREMENTS = ["OC-POOL-3032"]


def plant(patch: Patch) -> None:
    """Know of no worker that could have it."""
    patch(relay, "decide", _hopeless)


def _hopeless(real: Callable[..., Any]) -> Callable[..., Any]:
    def decide(kind: Any, **told: Any) -> Any:
        return real(kind, **{**told, "others_ready": False, "comes_back": False})

    return decide
