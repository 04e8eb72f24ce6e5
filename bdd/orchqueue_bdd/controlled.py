"""The server on which pools are looked at as an operator does: their health, drains and reloads.

Each pool is what one scenario does something to that stays; all of them are reached by URL. What a scenario
does with them is in `control`.
"""

from typing import Any

from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, keys_section, pool

QUICK = {"heartbeat": {"interval_ms": 500, "stale_after_ms": 5_000}}
POOLS: dict[str, dict[str, Any]] = {
    "healthy": {},
    "ill": {},
    "emptied": {},
    "overdue": {},
    "ended": {},
    "hurried": {},
    "busy": {},
    "returning": {},
    "switching": {},
    "unknowing": {},
    "occupied": {},
    "left": {},
    "divided": {},
    "outdated": {},
    "careful": {},
}
SLOTS = {"healthy": 2, "divided-a": 1, "divided-b": 2, "outdated": 2}
WORKERS = {"divided": ("divided-a", "divided-b")}
VERSION = "b5555-0123abc"
VERSIONS = {"healthy": VERSION}

ENGINES = {
    worker: EngineSetup(slots=SLOTS.get(worker, 1), model=name, version=VERSIONS.get(worker))
    for name in POOLS
    for worker in WORKERS.get(name, (name,))
}


def configuration(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server."""
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "pools": [_pool(name, engines, more) for name, more in POOLS.items()],
    }


def _pool(name: str, engines: EngineUrls, more: dict[str, Any]) -> dict[str, Any]:
    entries = [{"id": worker, "url": engines[worker]} for worker in WORKERS.get(name, (name,))]
    return {**pool(name, ""), "model": name, **QUICK, **more, "workers": entries}
