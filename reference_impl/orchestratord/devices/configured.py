"""Devices as the configuration lists them, on a machine whose driver cannot be asked."""

from collections.abc import Iterable, Mapping

from orchestratord.core.pools.devices import Device, Reading
from orchestratord.devices.base import DeviceLostError, Inventory


class ConfiguredInventory(Inventory):
    """What was written down; how the devices fare it cannot know."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._devices = {device.index: device for device in devices}

    def devices(self) -> Mapping[int, Device]:
        return self._devices

    def read(self, index: int) -> Reading:
        if index not in self._devices:
            raise DeviceLostError(f"the configuration lists no device {index}")
        return Reading()

    def close(self) -> None:
        """There is nothing to close."""
