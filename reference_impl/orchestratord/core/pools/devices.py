"""What the devices of a machine allow: masks, claims, splits, and the memory that is left on each.

Asking the driver is elsewhere; everything here is arithmetic on bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Literal

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
    """What one worker takes: devices, the bytes of its weights on all of them together (0: not known), and
    how they are split. No split is equal parts.

    `who` names the worker in messages; `numa_node` is the node of the host that it is bound to.
    """

    who: str
    devices: tuple[int, ...]
    memory_bytes: int = 0
    split: tuple[float, ...] = ()
    numa_node: int | None = None

    def shares(self) -> Iterable[tuple[int, float]]:
        """Each device with its part of the whole, from 0 to 1."""
        parts = self.split or tuple(1 / len(self.devices) for _ in self.devices)
        return zip(self.devices, parts, strict=True)

    def bytes_on(self, index: int) -> float:
        """What its weights take of a device."""
        return sum(self.memory_bytes * part for device, part in self.shares() if device == index)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a claim asks for and the devices do not allow, and which field of it that is."""

    field: Literal["devices", "memory_bytes", "tensor_split"]
    message: str


def split_faults(claim: Claim) -> Iterable[Fault]:
    """What is wrong with a split: one ratio above 0 for each device, and 1 in all."""
    # OC-POOL-3021
    if not claim.split:
        return
    if len(claim.split) != len(claim.devices):
        message = f"{len(claim.split)} ratios are given for {len(claim.devices)} devices"
        yield Fault("tensor_split", message)
    elif any(not 0 < ratio <= 1 for ratio in claim.split):
        yield Fault("tensor_split", f"a ratio lies outside 0 to 1 in {list(claim.split)}")
    elif not isclose(total := sum(claim.split), 1, abs_tol=SPLIT_TOLERANCE):
        yield Fault("tensor_split", f"the ratios sum to {total:g} and not to 1")


def uneven_faults(claim: Claim, devices: Mapping[int, Device]) -> Iterable[Fault]:
    """A model that lies on devices of different size without being told how."""
    # ORCH-3012
    sizes = {devices[index].total_bytes for index in claim.devices if index in devices}
    if len(sizes) > 1 and not claim.split:
        message = f"devices {list(claim.devices)} differ in memory, so tensor_split has to say the ratios"
        yield Fault("devices", message)


def claim_faults(claims: Sequence[Claim], devices: Mapping[int, Device]) -> Iterable[tuple[Claim, Fault]]:
    """Workers that together claim more of a device than it has; each that comes too late is named."""
    # OC-POOL-3023
    left = {index: float(device.total_bytes) for index, device in devices.items()}
    for claim in claims:
        for index, part in claim.shares():
            need = claim.memory_bytes * part
            if index in left and need > left[index]:
                message = (
                    f"{claim.who} needs {round(need):,} bytes of device {index}, of whose "
                    f"{devices[index].total_bytes:,} the workers before it leave {round(left[index]):,}"
                )
                yield claim, Fault("memory_bytes", message)
            elif index in left:
                left[index] -= need


def missing(claim: Claim, devices: Mapping[int, Device]) -> tuple[int, ...]:
    """The devices of a claim that are not there."""
    return tuple(index for index in claim.devices if index not in devices)


def kv_room_bytes(
    claim: Claim, devices: Mapping[int, Device], reserved: float = 0.0, others: Iterable[Claim] = ()
) -> int | None:
    """The KV memory that a worker's tasks may hold together: what the device with the least room for its part
    allows for the whole. `reserved` is the share of it, from 0 to 1, that is set aside; `others` are the
    claims beside this one. None without devices whose memory is known.

    The cache is split like the weights, so a device with part p and r bytes for the worker's cache allows
    r ÷ p. What is left of a device beside the weights on it is in equal parts for the caches on it.
    """
    # OC-POOL-3022, ORCH-3052, ORCH-3020
    if not claim.devices or missing(claim, devices):
        return None
    all_claims = [claim, *others]
    rooms = []
    for index, part in claim.shares():
        on_it = [one for one in all_claims if index in one.devices]
        left = devices[index].total_bytes - sum(one.bytes_on(index) for one in on_it)
        rooms.append(left / len(on_it) / part)
    return max(0, int(min(rooms) * (1 - reserved)))


def free_bytes(
    claim: Claim,
    devices: Mapping[int, Device],
    readings: Mapping[int, Reading],
    held_bytes: int = 0,
    others: Iterable[Claim] = (),
) -> int:
    """The memory that a worker could still take on its devices together: what the one with the least of it
    allows for the whole. 0 without devices whose memory is known.

    A device that tells what is in use is believed. Of one that does not tell, the weights on it are in use,
    and its part of the `held_bytes` of KV memory that the worker's tasks hold.
    """
    # OC-CORE-1012, ORCH-1103
    if not claim.devices or missing(claim, devices):
        return 0
    all_claims = [claim, *others]
    rooms = []
    for index, part in claim.shares():
        used = readings[index].used_bytes if index in readings else None
        if used is None:
            used = round(sum(one.bytes_on(index) for one in all_claims) + held_bytes * part)
        rooms.append((devices[index].total_bytes - used) / part)
    return max(0, int(min(rooms)))


def fits_beside(
    more: Sequence[Claim],
    claims: Sequence[Claim],
    devices: Mapping[int, Device],
    readings: Mapping[int, Reading],
) -> bool:
    """Whether further workers have room beside those that run.

    Of weights whose size is not known nobody can say so: then there is none. A device that tells what is in
    use is asked, too, since others may use it.
    """
    # OC-POOL-3008
    used = {index for claim in more for index in claim.devices}
    if not used <= devices.keys() or any(claim.devices and not claim.memory_bytes for claim in more):
        return False
    if any(True for _ in claim_faults([*claims, *more], devices)):
        return False
    for index in used:
        taken = readings[index].used_bytes if index in readings else None
        if taken is None and any(index in one.devices and not one.memory_bytes for one in claims):
            return False
        need = sum(claim.bytes_on(index) for claim in more)
        if taken is not None and need > devices[index].total_bytes - taken:
            return False
    return True


def far_devices(claim: Claim, devices: Mapping[int, Device]) -> int:
    """How many of a worker's devices are known to be on another node of the host: than the one that it is
    bound to, or where that is not told, than its first device.
    """
    # ORCH-3013
    nodes = [devices[index].numa_node for index in claim.devices if index in devices]
    known = [node for node in nodes if node is not None]
    home = claim.numa_node if claim.numa_node is not None else next(iter(known), None)
    return sum(node != home for node in known)
