"""What the devices of a machine allow: masks, claims, splits, and the KV memory that is left on each.

Asking the driver is elsewhere; everything here is arithmetic on bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose

SPLIT_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU as it is installed. `uuid` is empty where nothing tells it; `numa_node` None likewise."""

    index: int
    total_bytes: int
    uuid: str = ""
    name: str = ""
    numa_node: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One GPU as it is now: bytes in use, percent of time at work, and uncorrected ECC errors since the
    driver was loaded, each None where the device does not tell.
    """

    used_bytes: int | None = None
    utilization: float | None = None
    ecc_errors: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What one worker takes: devices, the bytes of its weights on all of them together, and how they are
    split. No split is equal parts.

    `who` names the worker in messages, `path` the entry of the configuration.
    """

    who: str
    path: str
    devices: tuple[int, ...]
    memory_bytes: int = 0
    split: tuple[float, ...] = ()

    def shares(self) -> Iterable[tuple[int, float]]:
        """Each device with its part of the whole, from 0 to 1."""
        parts = self.split or tuple(1 / len(self.devices) for _ in self.devices)
        return zip(self.devices, parts, strict=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the configuration that the devices do not allow, and where it stands."""

    path: str
    message: str


def split_faults(claim: Claim) -> Iterable[Fault]:
    """What is wrong with a split: one ratio above 0 for each device, and 1 in all."""
    # OC-POOL-3021
    if not claim.split:
        return
    path = f"{claim.path}/tensor_split"
    if len(claim.split) != len(claim.devices):
        yield Fault(path, f"{len(claim.split)} ratios are given for {len(claim.devices)} devices")
    elif any(not 0 < ratio <= 1 for ratio in claim.split):
        yield Fault(path, f"a ratio lies outside 0 to 1 in {list(claim.split)}")
    elif not isclose(total := sum(claim.split), 1, abs_tol=SPLIT_TOLERANCE):
        yield Fault(path, f"the ratios sum to {total:g} and not to 1")


def missing(claim: Claim, devices: Mapping[int, Device]) -> tuple[int, ...]:
    """The devices of a claim that are not there."""
    return tuple(index for index in claim.devices if index not in devices)


def uneven_faults(claim: Claim, devices: Mapping[int, Device]) -> Iterable[Fault]:
    """A model that lies on devices of different size without being told how."""
    # ORCH-3012
    sizes = {devices[index].total_bytes for index in claim.devices if index in devices}
    if len(sizes) > 1 and not claim.split:
        message = f"devices {list(claim.devices)} differ in memory, so tensor_split has to say the ratios"
        yield Fault(f"{claim.path}/devices", message)


def claim_faults(claims: Sequence[Claim], devices: Mapping[int, Device]) -> Iterable[Fault]:
    """Workers that together claim more of a device than it has; each that comes too late is named."""
    left = {index: float(device.total_bytes) for index, device in devices.items()}
    for claim in claims:
        for index, part in claim.shares():
            need = claim.memory_bytes * part
            if index in left and need > left[index]:
                message = (
                    f"{claim.who} needs {round(need):,} bytes of device {index}, of whose "
                    f"{devices[index].total_bytes:,} the workers before it leave {round(left[index]):,}"
                )
                yield Fault(f"{claim.path}/memory_bytes", message)
            elif index in left:
                left[index] -= need


def kv_room_bytes(claim: Claim, devices: Mapping[int, Device], reserved: float = 0.0) -> int | None:
    """The KV memory that a worker's tasks may hold together: what the device with the least room for its part
    allows for the whole. `reserved` is the share of it, from 0 to 1, that is set aside. None without devices
    whose memory is known.

    The cache is split like the weights, so a device with part p and r bytes beside its weights allows r ÷ p.
    """
    # OC-POOL-3022, ORCH-3052
    rooms = [
        (devices[index].total_bytes - claim.memory_bytes * part) / part
        for index, part in claim.shares()
        if index in devices
    ]
    if len(rooms) < len(claim.devices) or not rooms:
        return None
    return max(0, int(min(rooms) * (1 - reserved)))


def visible_devices(claim: Claim) -> str | None:
    """The value of CUDA_VISIBLE_DEVICES for a worker; None when it has no mask and the variable is left
    alone.
    """
    # OC-POOL-3020
    return ",".join(str(index) for index in claim.devices) if claim.devices else None
