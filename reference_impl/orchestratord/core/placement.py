"""Which replica gets a task: the least loaded of those that may."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A replica as placement sees it; `free_vram_bytes` is 0 where nothing tells it."""

    replica_id: str
    ready: bool
    free_slots: int
    free_vram_bytes: int = 0


def choose(candidates: Iterable[Candidate], avoid: frozenset[str] = frozenset()) -> str | None:
    """The replica with most free memory, then most free slots, then the least id; None when none has a free
    slot.
    """
    # OC-CORE-1010, OC-CORE-1012, ORCH-3091
    open_ones = [c for c in candidates if c.ready and c.free_slots > 0 and c.replica_id not in avoid]
    best = min(open_ones, key=lambda c: (-c.free_vram_bytes, -c.free_slots, c.replica_id), default=None)
    return None if best is None else best.replica_id
