"""The devices of the machine as they were last seen, and what all workers claim of them.

Whoever looks at them puts what was seen here; nothing here asks a driver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestratord.core.pools import devices
from orchestratord.core.pools.devices import Claim, Device, Reading


@dataclass(frozen=True, slots=True)
class Look:
    """The devices that were there at one time, and how those that were asked fared."""

    devices: Mapping[int, Device] = field(default_factory=dict)
    readings: Mapping[int, Reading] = field(default_factory=dict)


class Machine:
    """One machine. `claims` are those of all workers; of the one that is asked about, and of any that would
    replace it, there is one among them by the same name.
    """

    def __init__(self, claims: Sequence[Claim] = ()) -> None:
        self.claims = tuple(claims)
        self._look = Look()
        self._rooms: dict[tuple[Claim, float], int | None] = {}

    def claim(self, claims: Sequence[Claim]) -> None:
        """These are the claims of all workers from now on."""
        self.claims = tuple(claims)
        self._rooms.clear()

    @property
    def look(self) -> Look:
        """What was seen last."""
        return self._look

    @look.setter
    def look(self, look: Look) -> None:
        if look.devices != self._look.devices:
            self._rooms.clear()
        self._look = look

    def missing(self, claim: Claim) -> tuple[int, ...]:
        """The devices of a worker that are not there."""
        return devices.missing(claim, self._look.devices)

    def kv_room_bytes(self, claim: Claim, reserved: float) -> int | None:
        """What a worker's tasks may hold together of KV memory; None: nobody knows."""
        key = (claim, reserved)
        if key not in self._rooms:
            self._rooms[key] = devices.kv_room_bytes(claim, self._look.devices, reserved, self._others(claim))
        return self._rooms[key]

    def free_bytes(self, claim: Claim, held_bytes: int) -> int:
        """The memory that a worker could still take."""
        if not claim.devices:
            return 0
        look = self._look
        return devices.free_bytes(claim, look.devices, look.readings, held_bytes, self._others(claim))

    def far_devices(self, claim: Claim) -> int:
        """How many of a worker's devices are far from it, or from each other."""
        return devices.far_devices(claim, self._look.devices)

    def fits_beside(self, more: Sequence[Claim]) -> bool:
        """Whether workers could run beside those that have their names."""
        return devices.fits_beside(more, self.claims, self._look.devices, self._look.readings)

    def _others(self, claim: Claim) -> list[Claim]:
        return [one for one in self.claims if one.who != claim.who]
