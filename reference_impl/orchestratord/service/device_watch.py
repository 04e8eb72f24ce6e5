"""Looks at the devices of the machine again and again, and tells what happened to them.

What devices allow is decided in the core; what becomes of the workers on them is the supervisor's. A device
that takes the place of another while the server runs is not the one that was meant, and is not there.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection

from orchestratord.core.pools.devices import Claim, Reading
from orchestratord.core.pools.driver_events import events_between
from orchestratord.core.pools.exits import DriverEvent
from orchestratord.core.pools.machine import Look, Machine
from orchestratord.devices import Asker, DeviceError, DeviceLostError, Inventory
from orchestratord.service.bell import Bell
from orchestratord.service.ledger import Ledger

PATIENCE_S = 2.0
KEPT_EVENTS = 1_000

OpenInventory = Callable[[], Inventory]
"""Begins to ask for devices. It may block, and raises DeviceError."""


class DeviceWatch:
    """The only one who asks for devices. What it saw is in `machine`.

    `interval_ms` is from look to look. Where no worker claims a device, nobody is ever asked. `happened` is
    told of each event, and `news` rings when devices went or came.
    """

    def __init__(
        self,
        machine: Machine,
        open_inventory: OpenInventory,
        asker: Asker,
        ledger: Ledger,
        interval_ms: float,
    ) -> None:
        self.machine = machine
        self._open = open_inventory
        self._asker = asker
        self._ledger = ledger
        self._interval_ms = interval_ms
        self._claimed = _claimed(machine)
        self._inventory: Inventory | None = None
        self._events: deque[tuple[int, int, DriverEvent]] = deque(maxlen=KEPT_EVENTS)
        self._count = 0
        self._uuids: dict[int, str] = {}
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._trouble: str | None = None
        self.happened: Callable[[int, DriverEvent], None] = lambda _index, _event: None
        self.news = Bell()

    async def start(self) -> None:
        """Look for the first time, and again at each interval."""
        if self._claimed:
            await self.look()
            self._task = asyncio.get_running_loop().create_task(self._watch())

    def claims_changed(self) -> None:
        """The workers claim other devices: look at these from now on."""
        self._claimed = _claimed(self.machine)
        if self._claimed and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch(now=True))

    async def close(self) -> None:
        """Look no more."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        inventory, self._inventory = self._inventory, None
        if inventory is not None:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._asker.ask(inventory.close)
            except (DeviceError, TimeoutError) as error:
                self._ledger.noted("devices.left-open", reason=str(error))
        self._asker.close()

    async def look(self) -> None:
        """Look now. When the driver does not answer, the devices are taken to be as they were."""
        if not self._claimed:
            return
        async with self._turn:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    seen = await self._asker.ask(self._seen)
            except (DeviceError, TimeoutError) as error:
                self._troubled(str(error) or "the driver has not answered in time")
                return
        self._take(seen)

    @property
    def mark(self) -> int:
        """The number of the last event, to ask for later ones by."""
        return self._count

    def events(self, devices: Collection[int], since: int) -> tuple[DriverEvent, ...]:
        """What happened to these devices after the event of that number."""
        return tuple(event for number, index, event in self._events if number > since and index in devices)

    def lack(self, claim: Claim) -> str | None:
        """Which of a worker's devices are not there, in words; None when they all are."""
        lacking = [str(index) for index in self.machine.missing(claim)]
        if not lacking:
            return None
        if self._trouble is not None:
            return f"nobody can say whether device {' and '.join(lacking)} is there: {self._trouble}"
        many = len(lacking) > 1
        return f"device{'s' if many else ''} {' and '.join(lacking)} {'are' if many else 'is'} not there"

    async def _watch(self, *, now: bool = False) -> None:
        if now:
            await self.look()
        while True:
            await asyncio.sleep(self._interval_ms / 1000)
            await self.look()

    def _seen(self) -> Look:
        """What is there now. It blocks, and raises DeviceError."""
        if self._inventory is None:
            self._inventory = self._open()
        devices = {
            index: device
            for index, device in self._inventory.devices().items()
            if self._uuids.setdefault(index, device.uuid) == device.uuid  # ORCH-1101
        }
        readings: dict[int, Reading] = {}
        for index in self._claimed:
            if index not in devices:
                continue
            try:
                readings[index] = self._inventory.read(index)
            except DeviceLostError:
                del devices[index]
            except DeviceError:
                continue  # it is there, and does not tell how it fares
        return Look(devices, readings)

    def _troubled(self, why: str) -> None:
        if self._trouble is None:
            self._ledger.devices_unknown(why)
        self._trouble = why
        self.machine.look = Look(self.machine.look.devices)

    def _take(self, seen: Look) -> None:
        before = self.machine.look
        self.machine.look = seen
        known = self._trouble is None
        self._trouble = None
        came_or_went = [
            index for index in self._claimed if (index in seen.devices) != (index in before.devices)
        ]
        if came_or_went or not known:
            self._ledger.devices_seen({index: index in seen.devices for index in self._claimed})
        for index, event in events_between(before, seen).items():
            if index in self._claimed:
                self._count += 1
                self._events.append((self._count, index, event))
                self.happened(index, event)
        if came_or_went:
            self.news.ring()


def _claimed(machine: Machine) -> list[int]:
    return sorted({index for claim in machine.claims for index in claim.devices})
