"""What the server asks about GPUs, whoever answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from orchestratord.core.errors import ServerError
from orchestratord.core.pools.devices import Device, Reading


class DeviceError(ServerError):
    """The driver did not answer a question about a device."""


class DeviceLostError(DeviceError):
    """The device is not there any more, or has to be reset before it works again."""


class Inventory(ABC):
    """The devices by index. Calls may block for milliseconds: they belong into a thread."""

    @abstractmethod
    def devices(self) -> Mapping[int, Device]:
        """The devices that are there now. Raises DeviceError when nobody can say."""

    @abstractmethod
    def read(self, index: int) -> Reading:
        """How a device is now. Raises DeviceLostError, and DeviceError for any other failure."""

    @abstractmethod
    def close(self) -> None:
        """Ask no more."""
