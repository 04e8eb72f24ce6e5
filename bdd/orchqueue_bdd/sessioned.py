"""The servers on which sessions are looked at: one with small budgets, and one whose sessions end soon.

Each bounds what the other leaves unbounded: tokens are bounded without cost, and cost without tokens, so that
each budget can be met alone. What a scenario does with them is in `sessions`, `budgets` and `homes`.
"""

from typing import Any

from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, keys_section, pool

TTL_MS = 1_000  # long enough that what is read at once is still there
BUDGETED = {"max_turns": 4, "budgets": {"tokens": 200, "time_ms": 100_000, "cost": None}}
FLEETING = {
    "ttl_ms": TTL_MS,
    "budgets": {"tokens": None, "time_ms": None, "cost": 0.0005},
    "price_per_token": 0.0000025,
}
KV_BYTES_PER_TOKEN = 10
WALL_MS = 5_000

# Two pools for one model, of which the first by its id is taken.
TWIN = {"model": "twins", "heartbeat": {"interval_ms": 200, "stale_after_ms": 2_000}}

POOLS: dict[str, dict[str, Any]] = {
    "talks": {"kv_bytes_per_token": KV_BYTES_PER_TOKEN},
    "walled": {"watchdog": {"wall_ms": WALL_MS}},
    "paired": {},
    "waking": {"heartbeat": {"interval_ms": 100, "stale_after_ms": 500}},
    "twins": TWIN,
    "twins-too": TWIN,
}
WORKERS = {"paired": ("paired-a", "paired-b")}
ENGINES = {
    worker: EngineSetup(slots=1, model=str(more.get("model", name)))
    for name, more in POOLS.items()
    for worker in WORKERS.get(name, (name,))
}
FLEETING_ENGINES = {"brief": EngineSetup(slots=1, model="brief")}


def budgeted(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration with small budgets."""
    return {**_common(keys), "sessions": BUDGETED, "pools": [_pool(name, engines) for name in POOLS]}


def fleeting(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration whose sessions end soon."""
    pools = [pool("brief", engines["brief"], model="brief")]
    return {**_common(keys), "sessions": FLEETING, "pools": pools}


def _common(keys: Keys) -> dict[str, Any]:
    return {"keys": keys_section(keys), "tenants": [{"id": "stranger"}]}


def _pool(name: str, engines: EngineUrls) -> dict[str, Any]:
    workers = WORKERS.get(name, (name,))
    entries = [{"id": worker, "url": engines[worker]} for worker in workers]
    return {**pool(name, ""), "model": name, **POOLS[name], "workers": entries}
