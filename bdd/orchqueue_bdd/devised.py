"""The server whose machine has GPUs: what they are, and a pool for each thing that they decide.

The GPUs are the kit's, behind NVML's own interface. Each pool has devices of its own, so that nothing that
befalls one reaches another. What a scenario does with them is in `gpus`.
"""

from collections.abc import Mapping
from typing import Any

from orchqueue.kit.devices import FakeGpu
from orchqueue.kit.managed import GATE
from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, keys_section, managed_pool, pool

GB = 10**9
KV_BYTES_PER_TOKEN = 100_000_000
QUICK = {"heartbeat": {"interval_ms": 300, "stale_after_ms": 2_000}, "stop_ms": 2_000}
PAUSE_MS, MAX_MS = 50, 7_000
RESTART = {"restart": {"initial_ms": PAUSE_MS, "max_ms": MAX_MS, "breaker_restarts": 100}}
ON_CPU = "warning: no usable GPU found, --gpu-layers option will be ignored"

# Each device by its name: bytes, and what else is told of it.
_GPUS: dict[str, tuple[int, dict[str, Any]]] = {
    "uneven-large": (24 * GB, {"used_bytes": 2 * GB}),
    "uneven-small": (8 * GB, {"used_bytes": 1 * GB}),
    "capped-large": (24 * GB, {}),
    "capped-small": (8 * GB, {}),
    "reserved-large": (24 * GB, {}),
    "reserved-small": (8 * GB, {}),
    "here": (8 * GB, {}),
    "there": (8 * GB, {}),
    "gauged": (8 * GB, {"used_bytes": 3 * GB, "utilization": 37}),
    "masked-large": (24 * GB, {}),
    "masked-small": (8 * GB, {}),
    "lacking": (8 * GB, {"lost": True}),
    "partly-a": (8 * GB, {}),
    "partly-b": (8 * GB, {}),
    "spilling": (8 * GB, {}),
    "failing-ecc": (8 * GB, {"ecc_errors": 4}),
    "failing-lost": (8 * GB, {"ecc_errors": 0}),
    "cramped": (8 * GB, {}),
    "put-away": (8 * GB, {}),
}
INDEX = {name: index for index, name in enumerate(_GPUS)}
GPUS = [FakeGpu(f"GPU-{name}", total, **more) for name, (total, more) in _GPUS.items()]


def at(*names: str) -> list[int]:
    """Give the indices of devices by their names."""
    return [INDEX[name] for name in names]


SPLIT = {"tensor_split": [0.5, 0.5], "memory_bytes": 2 * GB, "kv_bytes_per_token": KV_BYTES_PER_TOKEN}
_Entries = Mapping[str, Mapping[str, Any]]
# Pools that are reached: what is said of each, and the workers of each with what is said of them.
REACHED: dict[str, tuple[Mapping[str, Any], _Entries]] = {
    "uneven": (
        {},
        {"uneven-a": {"devices": at("uneven-small")}, "uneven-b": {"devices": at("uneven-large")}},
    ),
    "capped": (SPLIT, {"capped": {"devices": at("capped-large", "capped-small")}}),
    "reserved": (
        {**SPLIT, "kv_reserved": 0.5},
        {"reserved": {"devices": at("reserved-large", "reserved-small")}},
    ),
    "placed": (
        {},
        {
            "placed-a": {"devices": at("here"), "numa_node": 1},
            "placed-b": {"devices": at("there"), "numa_node": 1},
        },
    ),
    "gauged": ({}, {"gauged": {"devices": at("gauged")}}),
    "partly": ({}, {"partly-a": {"devices": at("partly-a")}, "partly-b": {"devices": at("partly-b")}}),
}
SLOTS = {"uneven-a": 4, "capped": 4, "reserved": 4}
ENGINES = {
    worker: EngineSetup(slots=SLOTS.get(worker, 2), model=name)
    for name, (_, workers) in REACHED.items()
    for worker in workers
}

_SPEAKING = {"slots": 1, "rules": [{"prompt": "of the speaking one", "hold": GATE, "hold_after": 2}]}
_SHOWN = {"shows": ["CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "SPLIT", "MODEL"]}
# Pools that are run: the scripts of their engines, what is said of each, and of their workers.
RUN: dict[str, tuple[Mapping[str, Mapping[str, Any]], Mapping[str, Any], _Entries]] = {
    "masked": (
        {"masked-a": {"process": _SHOWN}, "masked-b": {"process": _SHOWN}},
        {"devices": at("masked-large", "masked-small"), "tensor_split": [0.75, 0.25]},
        {"masked-a": {}, "masked-b": {"devices": at("masked-small"), "tensor_split": [1.0]}},
    ),
    "lacking": ({"lacking": {}}, {}, {"lacking": {"devices": at("lacking")}}),
    "spilling": (
        {"spilling": {"process": {"starts": [{"words": [ON_CPU], "stays_loading": True}, {}]}}},
        {},
        {"spilling": {"devices": at("spilling")}},
    ),
    "failing-ecc": ({"failing-ecc": _SPEAKING}, {}, {"failing-ecc": {"devices": at("failing-ecc")}}),
    "failing-lost": ({"failing-lost": _SPEAKING}, {}, {"failing-lost": {"devices": at("failing-lost")}}),
    "cramped": ({"cramped": {}}, {"memory_bytes": 5 * GB}, {"cramped": {"devices": at("cramped")}}),
    "put-away": ({"put-away": {}}, {"memory_bytes": 5 * GB}, {"put-away": {"devices": at("put-away")}}),
}
MISSING = "missing"
SCRIPTS = {
    worker: {"model": name, **script}
    for name, (scripts, _, _) in RUN.items()
    for worker, script in scripts.items()
}


def configuration(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server."""
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        # The driver tells the sizes; on which node a device is only the configuration can say here.
        "devices": [
            {"index": INDEX["here"], "memory_bytes": 8 * GB, "numa_node": 0},
            {"index": INDEX["there"], "memory_bytes": 8 * GB, "numa_node": 1},
        ],
        "pools": [_reached(name, engines) for name in REACHED] + [_run(name, engines) for name in RUN],
    }


def _reached(name: str, engines: EngineUrls) -> dict[str, Any]:
    more, workers = REACHED[name]
    entries = [{"id": worker, "url": engines[worker], **own} for worker, own in workers.items()]
    return {**pool(name, ""), "model": name, "max_tokens": 1024, **QUICK, **more, "workers": entries}


def _run(name: str, engines: EngineUrls) -> dict[str, Any]:
    scripts, more, workers = RUN[name]
    one = managed_pool(name, {worker: engines[worker] for worker in scripts}, model=name)
    entries = [_entry(entry, more, workers[entry["id"]]) for entry in one["workers"]]
    return {
        **one,
        "workers": entries,
        "model_paths": {MISSING: f"/nowhere/{MISSING}"},
        **QUICK,
        **RESTART,
        **more,
    }


def _entry(entry: Mapping[str, Any], pool: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Give the entry of a worker whose program finds in its environment what stands in its command."""
    split = "{tensor_split}" if "tensor_split" in {**pool, **own} else ""
    command = ["/usr/bin/env", f"SPLIT={split}", "MODEL={model}", *entry["command"]]
    return {**entry, **own, "command": command}
