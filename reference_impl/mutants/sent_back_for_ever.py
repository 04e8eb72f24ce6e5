"""Who could never have so much memory is told to come back."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core import guards

REQUIREMENTS = ["OC-CORE-1057"]


def plant(patch: Patch) -> None:
    """Hold tasks against what a worker has, and not against what their tenant may have."""
    patch(guards, "check_kv", _blind)


def _blind(real: Any) -> Any:
    def check(*args: Any, quota_tokens: int | None) -> None:
        real(*args, quota_tokens=None)

    return check
