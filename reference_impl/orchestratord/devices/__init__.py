"""The GPUs of the machine: from the driver where there is one, from the configuration otherwise."""

from collections.abc import Iterable, Mapping

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
    "driver_devices",
    "driver_inventory",
    "machine_inventory",
]


def driver_devices() -> Mapping[int, Device] | None:
    """The driver's devices as they are now; None without a driver. Raises DeviceError if it does not work."""
    inventory = driver_inventory()
    if inventory is None:
        return None
    try:
        return inventory.devices()
    finally:
        inventory.close()


def machine_inventory(listed: Iterable[Device]) -> Inventory:
    """The driver's devices, or those that the configuration lists on a machine without a driver; for devices
    of which the driver does not tell the node, that of the configuration holds.

    Raises DeviceError when there is a driver that does not work.
    """
    known = tuple(listed)
    return driver_inventory(known) or ConfiguredInventory(known)
