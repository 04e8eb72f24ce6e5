"""The server on which scheduling is looked at: its tenants and keys, and its pools with what sets each apart.

What a scenario does with them is in `sharing`, `rates`, `preempting` and `placing`.
"""

from typing import Any

from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, key_entry, keys_section, pool

KV_BYTES_PER_TOKEN = 10
# So seldom that on no machine the rate allows one more while others are still sent beyond it. Who waits for
# that has a rate that allows one sooner.
RPS, BURST = 0.2, 3
RATE = {"rps": RPS, "burst": BURST}
AWAITED = {"rps": 1.0, "burst": BURST}
OBJECTIVE_MS = 60
NEVER_MISSED = {"objectives": {"interactive_first_token_ms": 600_000}}
MISSED_SOON = {"objectives": {"interactive_first_token_ms": OBJECTIVE_MS}}
INTERRUPTIBLE = {"features": {"interruptible_decode": True}}
HARD = {"mode": "hard", "per_minute": 1000}

# Of equal bounds, since a server that leaks what one of them holds fails its own check alone.
BOUNDED = ("bounded", "returning", "labelled", "binding", "beside")

TENANTS: dict[str, dict[str, Any]] = {
    "stranger": {},
    "light": {"weight": 1},
    "heavy": {"weight": 3},
    "counted": {},
    "measured": {},
    **{name: {"max_concurrent": 2} for name in BOUNDED},
    **{name: {"kv_bytes": 2500} for name in ("lean", "leaner")},
    "paced": {},
    "rushed": RATE,
    "reading": {},
    "reading together": RATE,
}
# The key of each name, the tenant that it belongs to, and its own rate.
KEYS: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, {}) for name in ("light", "heavy", "counted", "measured", "lean", "leaner", *BOUNDED)},
    **{f"paced {use}": ("paced", RATE) for use in ("burst", "body", "beside", "routes")},
    "paced advice": ("paced", AWAITED),
    "unpaced": ("paced", {}),
    "rushed one": ("rushed", {}),
    "rushed other": ("rushed", {}),
    "reading": ("reading", {"scopes": ["control"], **RATE}),
    "reading together": ("reading together", {"scopes": ["control"]}),
    "reading freely": ("reading", {"scopes": ["control"]}),
}
POOLS: dict[str, dict[str, Any]] = {
    "fair": {"queue": {"capacity": 64, "order": "wfq"}},
    "strict": {"queue": {"capacity": 16}},
    "shedding": {"queue": {"capacity": 2, "full_policy": "shed-low-priority"}},
    "dropping": {
        "queue": {"capacity": 2, "full_policy": "drop-lru"},
        "preemption": HARD,
        **MISSED_SOON,
        **INTERRUPTIBLE,
    },
    "choosing": {"queue": {"capacity": 2, "full_policy": "drop-lru"}},
    "metered": {"kv_bytes_per_token": KV_BYTES_PER_TOKEN},
    "soft": {"queue": {"order": "wfq"}, "preemption": {"mode": "soft"}, **MISSED_SOON},
    "calm": {"queue": {"order": "wfq"}, "preemption": {"mode": "soft"}, **NEVER_MISSED},
    "hard": {"preemption": HARD, **MISSED_SOON, **INTERRUPTIBLE},
    "sparing": {"preemption": {"mode": "hard", "per_minute": 1}, **MISSED_SOON, **INTERRUPTIBLE},
    "stubborn": {"preemption": HARD, **MISSED_SOON},
    "content": {"preemption": HARD, **NEVER_MISSED, **INTERRUPTIBLE},
    "near": {"model": "placed"},
    "far": {"model": "placed"},
    "broken": {"model": "divided", "heartbeat": {"interval_ms": 100, "stale_after_ms": 500}},
    "whole": {"model": "divided", "heartbeat": {"interval_ms": 100, "stale_after_ms": 500}},
    "twins": {},
}
SLOTS = {"hard": 2, "sparing": 2, "metered": 4, "twins-a": 1, "twins-b": 3}
WORKERS = {"twins": ("twins-a", "twins-b")}

ENGINES = {
    worker: EngineSetup(slots=SLOTS.get(worker, 1), model=str(more.get("model", name)))
    for name, more in POOLS.items()
    for worker in WORKERS.get(name, (name,))
}


def configuration(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server."""
    own = [key_entry(name, keys[name], tenant, **more) for name, (tenant, more) in KEYS.items()]
    return {
        "keys": [*keys_section(keys), *own],
        "tenants": [{"id": name, **more} for name, more in TENANTS.items()],
        "pools": [_pool(name, engines, more) for name, more in POOLS.items()],
    }


def _pool(name: str, engines: EngineUrls, more: dict[str, Any]) -> dict[str, Any]:
    workers = WORKERS.get(name, (name,))
    entries = [{"id": f"{name}-{number}", "url": engines[worker]} for number, worker in enumerate(workers)]
    return {**pool(name, ""), "model": name, "max_tokens": 1024, **more, "workers": entries}
