"""The GPUs of the machine: from the driver where there is one, from the configuration otherwise."""

from orchestratord.devices.base import DeviceError, DeviceLostError, Inventory
from orchestratord.devices.configured import ConfiguredInventory
from orchestratord.devices.nvml import NvmlInventory, driver_inventory

__all__ = [
    "ConfiguredInventory",
    "DeviceError",
    "DeviceLostError",
    "Inventory",
    "NvmlInventory",
    "driver_inventory",
]
