"""Workers may claim more of a device than it has, and devices that their pool leaves out."""

from mutants._planting import Patch
from orchestratord import device_settings

REQUIREMENTS = ["OC-POOL-3023", "OC-CORE-1011", "ORCH-3011"]


def plant(patch: Patch) -> None:
    """Find no fault."""
    patch(device_settings, "claim_faults", lambda _real: lambda _claims, _devices: ())
    patch(device_settings, "_mask_problems", lambda _real: lambda _entry: ())
