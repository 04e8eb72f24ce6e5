"""The slots of one worker: numbered leases, each given back exactly once, and slots that still have to be
seen idle.
"""


class Leases:
    """Counts what a worker's slots, and its KV memory, are taken by.

    A lease is a live task; a cooling slot has none but is not free yet.
    """

    def __init__(self) -> None:
        self._active: dict[int, int] = {}
        self._cooling: dict[int, int] = {}
        self._last = 0

    @property
    def active(self) -> int:
        """How many live tasks hold a slot."""
        return len(self._active)

    @property
    def taken(self) -> int:
        """How many slots cannot be given out."""
        return len(self._active) + len(self._cooling)

    @property
    def kv_bytes(self) -> int:
        """The KV memory that may be in use in the slots that cannot be given out."""
        return sum(self._active.values()) + sum(self._cooling.values())

    def take(self, kv_bytes: int = 0) -> int:
        """Begin a lease that may need so much KV memory; answers its number."""
        self._last += 1
        self._active[self._last] = kv_bytes
        return self._last

    def give_back(self, lease: int, *, cooling: bool) -> None:
        """End a lease; with `cooling` its slot stays taken until `cooled`.

        Raises KeyError when it has ended before.
        """
        kv_bytes = self._active.pop(lease)
        if cooling:
            self._cooling[lease] = kv_bytes

    def cooling(self, lease: int) -> bool:
        """Whether the lease has ended and its slot is still taken."""
        return lease in self._cooling

    def cooled(self, lease: int) -> None:
        """The slot of an ended lease is free."""
        self._cooling.pop(lease, None)
