"""Splits over devices are taken as they are written, or not written."""

from mutants._planting import Patch
from orchestratord import device_settings

REQUIREMENTS = ["OC-POOL-3021", "ORCH-3012"]


def plant(patch: Patch) -> None:
    """Find no fault."""
    patch(device_settings, "split_faults", lambda _real: lambda _claim: ())
    patch(device_settings, "uneven_faults", lambda _real: lambda _claim, _devices: ())
