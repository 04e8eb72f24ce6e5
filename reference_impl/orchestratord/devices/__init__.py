"""The GPUs of the machine: from the driver where there is one, from the configuration otherwise."""

from collections.abc import Iterable

from orchestratord.core.pools.devices import Device
from orchestratord.devices.asker import Asker, DriverThread
from orchestratord.devices.base import DeviceError, DeviceLostError, Inventory
from orchestratord.devices.configured import ConfiguredInventory
from orchestratord.devices.nvml import NvmlInventory, driver_inventory

__all__ = [
    "Asker",
    "ConfiguredInventory",
    "DeviceError",
    "DeviceLostError",
    "DriverThread",
    "Inventory",
    "NvmlInventory",
    "driver_inventory",
    "machine_inventory",
]


def machine_inventory(listed: Iterable[Device]) -> Inventory:
    """The driver's devices, or those that the configuration lists on a machine without a driver.

    Raises DeviceError when there is a driver that does not work.
    """
    return driver_inventory() or ConfiguredInventory(listed)
