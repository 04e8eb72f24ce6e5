"""Devices as NVIDIA's driver tells them, through its management library (NVML)."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import pynvml

from orchestratord.core.pools.devices import Device, Reading
from orchestratord.devices.base import DeviceError, DeviceLostError, Inventory

T = TypeVar("T")

_LOST = frozenset(
    {pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_RESET_REQUIRED, pynvml.NVML_ERROR_INVALID_ARGUMENT}
)
_NO_DRIVER = frozenset(
    {
        pynvml.NVML_ERROR_LIBRARY_NOT_FOUND,
        pynvml.NVML_ERROR_DRIVER_NOT_LOADED,
        pynvml.NVML_ERROR_NO_PERMISSION,
    }
)


def driver_inventory(listed: Iterable[Device] = ()) -> "NvmlInventory | None":
    """The driver's devices; None on a machine without a driver. Of those that are `listed` the node is known
    even where the host does not tell it. Raises DeviceError when the driver is there and does not work.
    """
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        if error.value in _NO_DRIVER:
            return None
        raise DeviceError(f"the driver of the GPUs does not work: {error}") from error
    return NvmlInventory({device.index: device.numa_node for device in listed})


class NvmlInventory(Inventory):
    """Asks the driver each time, so that a device that goes away is noticed. Made by `driver_inventory`.

    After a device was lost the library is entered anew: it finds one that was reset only then.
    """

    def __init__(self, nodes: Mapping[int, int | None]) -> None:
        self._nodes = nodes
        self._open = True
        self._lost = False

    def devices(self) -> Mapping[int, Device]:
        if self._lost or not self._open:
            self._enter_anew()
        count = _asked("how many devices there are", pynvml.nvmlDeviceGetCount)
        found: dict[int, Device] = {}
        for index in range(count):
            try:
                found[index] = self._device(index)
            except DeviceLostError:
                self._lost = True  # one that is lost is not there, and the others are
        return found

    def read(self, index: int) -> Reading:
        handle = _handle(index)
        memory = _asked(f"the memory of device {index}", lambda: pynvml.nvmlDeviceGetMemoryInfo(handle))
        rates = _if_told(index, lambda: pynvml.nvmlDeviceGetUtilizationRates(handle))
        ecc = _if_told(
            index,
            lambda: pynvml.nvmlDeviceGetTotalEccErrors(
                handle, pynvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, pynvml.NVML_VOLATILE_ECC
            ),
        )
        return Reading(
            used_bytes=int(memory.used),
            utilization=None if rates is None else float(rates.gpu),
            ecc_errors=None if ecc is None else int(ecc),
        )

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        try:
            pynvml.nvmlShutdown()
        except pynvml.NVMLError as error:
            raise DeviceError(f"the driver of the GPUs could not be left: {error}") from error

    def _enter_anew(self) -> None:
        self.close()
        _asked("anything", pynvml.nvmlInit)
        self._open, self._lost = True, False

    def _device(self, index: int) -> Device:
        handle = _handle(index)
        memory = _asked(f"the memory of device {index}", lambda: pynvml.nvmlDeviceGetMemoryInfo(handle))
        uuid = _asked(f"the uuid of device {index}", lambda: pynvml.nvmlDeviceGetUUID(handle))
        name = _asked(f"the name of device {index}", lambda: pynvml.nvmlDeviceGetName(handle))
        bus = _if_told(index, lambda: pynvml.nvmlDeviceGetPciInfo(handle))
        # ORCH-3013
        node = None if bus is None else numa_node(bus.busId)
        return Device(index, int(memory.total), uuid, name, self._nodes.get(index) if node is None else node)


def numa_node(bus_id: str, sysfs: Path = Path("/sys/bus/pci/devices")) -> int | None:
    """The NUMA node that the kernel gives for a PCI device; None where it gives none.

    NVML writes the domain with eight digits, the kernel with four.
    """
    domain, _, rest = bus_id.lower().partition(":")
    try:
        node = int((sysfs / f"{domain[-4:]}:{rest}" / "numa_node").read_text())
    except (OSError, ValueError):
        return None
    return node if node >= 0 else None


def _handle(index: int) -> object:
    return _asked(f"device {index}", lambda: pynvml.nvmlDeviceGetHandleByIndex(index))


def _asked(what: str, question: Callable[[], T]) -> T:
    try:
        return question()
    except pynvml.NVMLError as error:
        kind = DeviceLostError if error.value in _LOST else DeviceError
        raise kind(f"the driver does not tell {what}: {error}") from error


def _if_told(index: int, question: Callable[[], T]) -> T | None:
    """The answer; None from a device that has no such thing to tell."""
    try:
        return question()
    except (pynvml.NVMLError_NotSupported, pynvml.NVMLError_FunctionNotFound):
        return None
    except pynvml.NVMLError as error:
        kind = DeviceLostError if error.value in _LOST else DeviceError
        raise kind(f"the driver does not tell of device {index}: {error}") from error
