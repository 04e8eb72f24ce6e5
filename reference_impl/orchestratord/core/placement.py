"""Which replica gets a task: the one that its session knows, or else the least loaded of those that may."""

from collections.abc import Iterable

from msgspec import Struct


class Candidate(Struct, frozen=True):
    """A replica as placement sees it; memory is 0, and devices are none, where nothing tells them.

    `free_kv_bytes` is what its tasks may still take of KV memory, None: nobody knows; `far_devices` how many
    of its devices are far from it; an `idle` one has no slot taken.
    """

    replica_id: str
    ready: bool
    free_slots: int
    free_vram_bytes: int = 0
    devices: frozenset[int] = frozenset()
    free_kv_bytes: int | None = None
    far_devices: int = 0
    idle: bool = True

    def is_open(self, kv_bytes: int, mask: frozenset[int] | None, *, alone: bool = False) -> bool:
        """Whether it may take a task that needs so much KV memory and those devices, and, with `alone`, that
        nothing else runs beside it.
        """
        # OC-CORE-1010, OC-CORE-1011, OC-CORE-1033, OC-POOL-3022
        return (
            self.ready
            and self.free_slots > 0
            and (self.free_kv_bytes is None or kv_bytes <= self.free_kv_bytes)
            and (mask is None or self.devices <= mask)
            and (self.idle or not alone)
        )


def choose(
    candidates: Iterable[Candidate],
    avoid: frozenset[str] = frozenset(),
    home: str | None = None,
    mask: frozenset[int] | None = None,
    kv_bytes: int = 0,
    *,
    alone: bool = False,
) -> str | None:
    """The replica with most free memory, then most free slots, then the fewest devices that are far, then the
    least id; None when none is open.

    `avoid` names replicas that the task shall not have, `home` the one that served its session last and is
    taken when it is open; `mask` is the devices that may be used, None all of them; `kv_bytes` is the KV
    memory that the task may need; with `alone` it runs on a replica that is idle.
    """
    # OC-CORE-1012, OC-CORE-1013, ORCH-3013, ORCH-3091
    open_ones = [
        c for c in candidates if c.replica_id not in avoid and c.is_open(kv_bytes, mask, alone=alone)
    ]
    if len(open_ones) < 2:
        return open_ones[0].replica_id if open_ones else None
    best = min(
        open_ones,
        key=lambda c: (
            c.replica_id != home,
            -c.free_vram_bytes,
            -c.free_slots,
            c.far_devices,
            c.replica_id,
        ),
    )
    return best.replica_id
