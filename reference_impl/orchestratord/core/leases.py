"""The slots of one worker: numbered leases, each given back exactly once, and slots that still have to be
seen idle.
"""


class Leases:
    """Counts what a worker's slots, and its KV memory, are taken by.

    A lease is a live task; a cooling slot has none but is not free yet. `active` is how many live tasks hold
    a slot, `taken` how many slots cannot be given out.
    """

    __slots__ = ("_active", "_alone", "_cooling", "_last", "active", "taken")

    def __init__(self) -> None:
        self._active: dict[int, int] = {}
        self._cooling: dict[int, int] = {}
        self._alone: set[int] = set()
        self._last = 0
        self.active = self.taken = 0

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
        self.active += 1
        self.taken += 1
        return self._last

    def give_back(self, lease: int, *, cooling: bool) -> None:
        """End a lease; with `cooling` its slot stays taken until `cooled`.

        Raises KeyError when it has ended before.
        """
        kv_bytes = self._active.pop(lease)
        self.active -= 1
        if cooling:
            self._cooling[lease] = kv_bytes
        else:
            self.taken -= 1
            self._alone.discard(lease)

    def cooling(self, lease: int) -> bool:
        """Whether the lease has ended and its slot is still taken."""
        return lease in self._cooling

    def cooled(self, lease: int) -> None:
        """The slot of an ended lease is free."""
        if self._cooling.pop(lease, None) is not None:
            self.taken -= 1
            self._alone.discard(lease)
