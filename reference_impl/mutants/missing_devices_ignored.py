"""A worker is started, and gets tasks, without the devices that it names."""

from mutants._planting import Patch
from orchestratord.service.device_watch import DeviceWatch

REQUIREMENTS = ["OC-POOL-3012", "ORCH-3018"]


def plant(patch: Patch) -> None:
    """Lack nothing."""
    patch(DeviceWatch, "lack", lambda _real: lambda _self, _claim: None)
