"""A split may hold much more KV memory than its smallest GPU allows."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.core.pools.machine import Machine

REQUIREMENTS = ["ORCH-3052", "OC-POOL-3022", "ORCH-3022", "ORCH-3020"]


def plant(patch: Patch) -> None:
    """Allow ten times as much."""
    patch(Machine, "kv_room_bytes", _roomy)


def _roomy(real: Callable[..., Any]) -> Callable[..., int | None]:
    def kv_room_bytes(self: Machine, claim: Any, reserved: float) -> int | None:
        room: int | None = real(self, claim, reserved)
        return None if room is None else 10 * room

    return kv_room_bytes
