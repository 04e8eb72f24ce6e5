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
        self._alone: set[int] = set()
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

    @property
    def exclusive(self) -> bool:
        """Whether a slot that cannot be given out was taken for a task that runs alone."""
        return bool(self._alone)

    def take(self, kv_bytes: int = 0, *, alone: bool = False) -> int:
        """Begin a lease that may need so much KV memory, with `alone` one beside which there is no other;
        answers its number.
        """
        self._last += 1
        if alone:
            self._alone.add(self._last)
        self._active[self._last] = kv_bytes
        return self._last

    def give_back(self, lease: int, *, cooling: bool) -> None:
        """End a lease; with `cooling` its slot stays taken until `cooled`.

        Raises KeyError when it has ended before.
        """
        kv_bytes = self._active.pop(lease)
        if cooling:
            self._cooling[lease] = kv_bytes
        else:
            self._alone.discard(lease)

    def cooling(self, lease: int) -> bool:
        """Whether the lease has ended and its slot is still taken."""
        return lease in self._cooling

    def cooled(self, lease: int) -> None:
        """The slot of an ended lease is free."""
        if self._cooling.pop(lease, None) is not None:
            self._alone.discard(lease)
