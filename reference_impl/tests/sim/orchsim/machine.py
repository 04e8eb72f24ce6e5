"""The devices of a simulated machine, which are lost, come back and count errors as chance has it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, TypeVar

from orchestratord.core.pools.devices import Device, Reading
from orchestratord.devices import Asker, DeviceLostError, Inventory
from orchsim.upheaval import Upheaval

if TYPE_CHECKING:
    from orchsim.loop import SimLoop

T = TypeVar("T")

TOTAL_BYTES = 10_000
ROOMY_BYTES, TIGHT_BYTES = 4_000, 6_000  # two workers fit on a device, or do not
AWAY_S = 8.0


class SimMachine(Inventory, Asker):
    """Its driver answers at once. `struck` is told of a device to which something happened."""

    def __init__(self, count: int, upheaval: Upheaval, loop: "SimLoop", random: Random) -> None:
        self._loop = loop
        self._random = random
        self._every_s = upheaval.device_every_s
        self.all = {index: Device(index, TOTAL_BYTES, f"GPU-{index}") for index in range(count)}
        self.lost_ms: dict[int, float] = {}
        self.readings = dict.fromkeys(self.all, Reading(ecc_errors=0))
        self.struck: Callable[[int], None] = lambda _index: None
        if self._every_s:
            for index in self.all:
                self._strike_later(index)

    def devices(self) -> Mapping[int, Device]:
        return {index: device for index, device in self.all.items() if index not in self.lost_ms}

    def read(self, index: int) -> Reading:
        if index in self.lost_ms:
            raise DeviceLostError(f"device {index} is lost")
        return self.readings[index]

    async def ask(self, question: Callable[[], T]) -> T:
        return question()

    def close(self) -> None:
        """There is nothing to give up."""

    def _strike_later(self, index: int) -> None:
        self._loop.call_later(self._random.expovariate(1 / self._every_s), self._strike, index)

    def _strike(self, index: int) -> None:
        self.struck(index)
        if self._random.random() < 0.5:
            errors = self.readings[index].ecc_errors or 0
            self.readings[index] = replace(self.readings[index], ecc_errors=errors + 1)
            self._strike_later(index)
        else:
            self.lost_ms[index] = self._loop.now_ms()
            self._loop.call_later(self._random.expovariate(1 / AWAY_S), self._come_back, index)

    def _come_back(self, index: int) -> None:
        del self.lost_ms[index]
        self._strike_later(index)
