"""Which replica gets a task: the one that its session knows, or else the least loaded of those that may."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A replica as placement sees it; memory is 0, and devices are none, where nothing tells them."""

    replica_id: str
    ready: bool
    free_slots: int
    free_vram_bytes: int = 0
    devices: frozenset[int] = frozenset()


def choose(
    candidates: Iterable[Candidate],
    avoid: frozenset[str] = frozenset(),
    home: str | None = None,
    mask: frozenset[int] | None = None,
) -> str | None:
    """The replica with most free memory, then most free slots, then the least id; None when none is open.

    `avoid` names replicas that the task shall not have, `home` the one that served its session last and is
    taken when it is open; `mask` is the devices that may be used, None all of them.
    """
    # OC-CORE-1010, OC-CORE-1011, OC-CORE-1012, OC-CORE-1013, ORCH-3091
    open_ones = [
        c
        for c in candidates
        if c.ready and c.free_slots > 0 and c.replica_id not in avoid and (mask is None or c.devices <= mask)
    ]
    best = min(
        open_ones,
        key=lambda c: (c.replica_id != home, -c.free_vram_bytes, -c.free_slots, c.replica_id),
        default=None,
    )
    return None if best is None else best.replica_id
