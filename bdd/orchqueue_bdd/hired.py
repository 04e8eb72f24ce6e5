"""The server that runs its engines itself: a pool for each way in which such an engine can fare.

The engines are the kit's, started by their commands; what a scenario does with them is in `workers` and
`restarts`.
"""

from collections.abc import Mapping
from typing import Any

from orchqueue.kit.managed import GATE
from orchqueue_bdd.setups import EngineUrls, Keys, keys_section, managed_pool

Script = Mapping[str, Any]

WATCHED = {"heartbeat": {"interval_ms": 300, "stale_after_ms": 2_000}, "stop_ms": 2_000}
SILENT = {"heartbeat": {"interval_ms": 50, "stale_after_ms": 300}, "stop_ms": 100}
# It has so long to end that it is seen to, and is not taken for silent when the machine is busy.
DRAGGING = {"heartbeat": {"interval_ms": 100, "stale_after_ms": 1_500}, "stop_ms": 60_000}
# A server that does not start again what has just ended too often would not be seen to do more.
# The pauses are long beside what a loaded machine takes to notice an end and to start a process.
GROWING = {"initial_ms": 500, "max_ms": 600_000, "breaker_restarts": 3, "breaker_open_ms": 600_000}
BOUNDED = {**GROWING, "initial_ms": 2_000, "max_ms": 2_000}
PAUSING = {"initial_ms": 400, "max_ms": 400, "breaker_restarts": 100}
SOON = {"initial_ms": 10, "max_ms": 20, "breaker_restarts": 100}
STORMING = {**SOON, "breaker_restarts": 3, "breaker_open_ms": 60_000}
MENDING = {**SOON, "breaker_restarts": 2, "breaker_open_ms": 1_500, "breaker_healthy_ms": 300}

# What an engine holds for a scenario is not to be taken for one that hangs.
PATIENT = {"watchdog": {"idle_ms": 60_000}}

# So long that an engine which can get ready does.
TARDY_MS = 4_000

GREETING = "an engine that says hello"
FLOOD_LINES = 2_000
RESET_WORDS = "CUDA error: the launch timed out and was terminated"
ECC_WORDS = "CUDA error: uncorrectable ECC error encountered"
MEMORY_WORDS = "CUDA error: out of memory"


def _dying(*words: str, **more: Any) -> dict[str, Any]:
    """A process that ends as soon as it was started, with these words."""
    return {"ends": {"words": list(words), **more}}


def _fatal(words: str) -> dict[str, Any]:
    """The task that has this in its prompt ends its engine, which says these words."""
    return {"prompt": "of the fatal one", "ends": {"after": 2, "words": [words], "status": 1}}


def _held(prompt: str, after: int) -> dict[str, Any]:
    """The task that has this in its prompt is held after so many tokens."""
    return {"prompt": prompt, "hold": GATE, "hold_after": after}


# Each pool: the script of its engine, and what is said of the pool.
POOLS: dict[str, tuple[Script, Script]] = {
    "greeting": ({"process": {"words": [GREETING], "floods": FLOOD_LINES, "echoes": True}}, {}),
    "short-of-vram": ({"process": _dying(MEMORY_WORDS)}, {"restart": GROWING}),
    "short-of-memory": ({"process": _dying("std::bad_alloc")}, {"restart": GROWING}),
    "broken": ({"process": _dying("error: this is no model", status=3)}, {"restart": BOUNDED}),
    "storming": ({"process": _dying("error: again")}, {"restart": STORMING}),
    "mending": ({"process": {"starts": [*[_dying("error: again")] * 4, {}]}}, {"restart": MENDING}),
    "tardy": (
        {"process": {"starts": [{"stays_loading": True}, {}]}},
        {"restart": SOON, "preload_ms": TARDY_MS},
    ),
    "driver-reset": ({"slots": 1, "rules": [_fatal(RESET_WORDS)]}, {"restart": PAUSING}),
    "driver-ecc": ({"slots": 1, "rules": [_fatal(ECC_WORDS)]}, {"restart": PAUSING}),
    "overfull": ({"slots": 1, "rules": [_fatal(MEMORY_WORDS)]}, {"restart": PAUSING}),
    "killed": (
        {"slots": 3, "rules": [_held("of the speaking one", 2), _held("of the silent one", 0)]},
        {"restart": SOON, **PATIENT},
    ),
    "filed": ({}, {}),
    "steady": ({}, {}),
    "succeeded": ({"slots": 2, "rules": [_held("of the long one", 2)]}, PATIENT),
    "hanging": ({}, {**SILENT, "restart": {**SOON, "silent_ms": 300}}),
    "dragging": ({}, {**DRAGGING, "restart": {**SOON, "silent_ms": 500}}),
    "frozen": (
        {"slots": 1, "rules": [_held("of the long one", 2)]},
        {**SILENT, **PATIENT, "restart": {**SOON, "silent_ms": 600_000}},
    ),
}
# The engines of other models, which a reload brings.
OTHERS: dict[str, Script] = {"filed-next": {}, "succeeded-next": {"default": {"hold": GATE}}}
# Of these the file of the model, which is to a scripted engine its script, stands in the configuration.
FILED = {"filed": ("filed-next",), "steady": (), "succeeded": ("succeeded-next",)}
MISSING = "missing"

SCRIPTS: dict[str, Script] = {
    name: {"model": name, **script}
    for name, script in [*((name, script) for name, (script, _) in POOLS.items()), *OTHERS.items()]
}


def configuration(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server."""
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "pools": [_pool(name, engines, more) for name, (_, more) in POOLS.items()],
    }


def _pool(name: str, engines: EngineUrls, more: Script) -> dict[str, Any]:
    files: dict[str, Any] = {}
    if name in FILED:
        others = {other: engines[other] for other in FILED[name]}
        nowhere = {MISSING: f"{engines[name]}.missing"}
        files = {"model_path": engines[name], "model_paths": {**others, **nowhere}}
    fields = {"model": name, "max_tokens": 2048, **files, **WATCHED, **more}
    return managed_pool(name, {name: engines[name]}, **fields)
