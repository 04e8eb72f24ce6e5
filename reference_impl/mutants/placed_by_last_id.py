"""Of the replicas that could have a task the one with the last id is taken, however loaded."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import pool

REQUIREMENTS = ["ORCH-3008", "OC-CORE-1012", "ORCH-1103"]


def plant(patch: Patch) -> None:
    """Choose by the id alone, the least loaded last."""
    patch(pool, "choose", lambda _real: _by_load)


def _by_load(
    candidates: Any,
    avoid: Any = frozenset(),
    home: Any = None,
    mask: Any = None,
    kv_bytes: int = 0,
    *,
    alone: bool = False,
) -> str | None:
    able = [
        one for one in candidates if one.replica_id not in avoid and one.is_open(kv_bytes, mask, alone=alone)
    ]
    worst = min(able, key=lambda one: (one.free_vram_bytes, one.free_slots), default=None)
    return None if worst is None else str(worst.replica_id)
