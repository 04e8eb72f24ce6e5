"""The devices of a configuration: what its workers claim of them, and what of that they do not allow.

What the pools are besides is in `pool_settings`; what is arithmetic on bytes is the core's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestratord.core.pools.devices import (
    Claim,
    Device,
    Fault,
    claim_faults,
    split_faults,
    uneven_faults,
)

MASK_VARIABLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One worker: the entries of it and its pool, and where they stand."""

    pool: Mapping[str, Any]
    worker: Mapping[str, Any]
    pool_path: str
    path: str

    @property
    def claim(self) -> Claim:
        worker, pool = self.worker, self.pool
        return Claim(
            f"worker {worker['id']} of pool {pool['id']}",
            tuple(worker.get("devices", pool.get("devices", ()))),
            pool["memory_bytes"],
            tuple(worker.get("tensor_split", pool.get("tensor_split", ()))),
            worker.get("numa_node"),
        )

    def told(self, fault: Fault) -> str:
        """A fault with the path of the field that it is about."""
        path = self.path if fault.field in self.worker else self.pool_path
        return f"{path}/{fault.field}: {fault.message}"


def listed_devices(full: Mapping[str, Any]) -> tuple[Device, ...]:
    """The devices as the configuration lists them."""
    return tuple(
        Device(one["index"], one["memory_bytes"], numa_node=one.get("numa_node")) for one in full["devices"]
    )


def names_devices(full: Mapping[str, Any]) -> bool:
    """Whether any worker claims a device."""
    return any(entry.claim.devices for entry in _entries(full))


def device_problems(full: Mapping[str, Any], devices: Mapping[int, Device]) -> list[str]:
    """What the devices do not allow, and what is wrong with masks and splits by themselves, with paths.

    A device that is not among `devices` is no fault: it may come.
    """
    problems = [f"/devices: device {index} stands there twice" for index in _twice(full)]
    claims = [(entry.claim, entry) for entry in _entries(full)]
    sound = []
    for claim, entry in claims:
        faults = [entry.told(fault) for fault in split_faults(claim)]
        problems += [*_mask_problems(entry), *faults]
        if not faults:
            sound.append((claim, entry))
            problems += [entry.told(fault) for fault in uneven_faults(claim, devices)]
    for late, fault in claim_faults([claim for claim, _ in sound], devices):
        problems.append(next(entry for claim, entry in sound if claim is late).told(fault))
    return list(dict.fromkeys(problems))  # what stands in a pool is found for each of its workers


def _mask_problems(entry: _Entry) -> Iterator[str]:
    mask, own = entry.pool.get("devices"), entry.worker.get("devices", ())
    outside = [index for index in own if mask is not None and index not in mask]
    if outside:
        # OC-CORE-1011
        yield f"{entry.path}/devices: device {outside[0]} is not among those of the pool"
    if entry.claim.devices and MASK_VARIABLE in entry.worker["env"]:
        # OC-POOL-3020
        yield f"{entry.path}/env/{MASK_VARIABLE}: the worker's devices say which it sees"
    if not entry.claim.split and any("{tensor_split}" in word for word in entry.worker.get("command", ())):
        yield f"{entry.path}/command: holds {{tensor_split}}, and the worker has no ratios"


def _twice(full: Mapping[str, Any]) -> list[int]:
    indices = [one["index"] for one in full["devices"]]
    return sorted({index for index in indices if indices.count(index) > 1})


def _entries(full: Mapping[str, Any]) -> Iterator[_Entry]:
    for number, pool in enumerate(full["pools"]):
        for place, worker in enumerate(pool["workers"]):
            path = f"/pools/{number}"
            yield _Entry(pool, worker, path, f"{path}/workers/{place}")
