"""The server on which it is looked at whether what consumers rely on holds: a pool for each state that a pact
begins with, so that none disturbs another. What brings a state about is in `consumers`.
"""

from typing import Any

from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, keys_section, managed_pool, pool

QUICK = {"heartbeat": {"interval_ms": 200, "stale_after_ms": 5_000}}
NO_RETRY = {"timeouts": {"retries": 0}}
FAILED = "failed"
STORM = {"restart": {"initial_ms": 10, "max_ms": 20, "breaker_restarts": 2, "breaker_open_ms": 60_000}}

POOLS: dict[str, tuple[EngineSetup, dict[str, Any]]] = {
    "ready": (EngineSetup(slots=4), {}),
    "dropping": (EngineSetup(slots=1), {"queue": {"capacity": 1, "full_policy": "drop-lru"}}),
    "rejecting": (EngineSetup(slots=1), {"queue": {"capacity": 1, "full_policy": "reject"}}),
    "loading": (EngineSetup(), QUICK),
    "silent": (EngineSetup(), {"watchdog": {"idle_ms": 150}, **NO_RETRY}),
    "broken": (EngineSetup(), NO_RETRY),
}
ENGINES = {name: EngineSetup(slots=setup.slots, model=name) for name, (setup, _) in POOLS.items()}
SCRIPTS = {FAILED: {"model": FAILED, "process": {"ends": {"words": ["error: this is no model"]}}}}


def configuration(urls: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server."""
    pools = [pool(name, urls[name], model=name, max_tokens=1024, **more) for name, (_, more) in POOLS.items()]
    failed: dict[str, Any] = {"model": FAILED, **QUICK, **STORM}
    pools.append(managed_pool(FAILED, {FAILED: urls[FAILED]}, **failed))
    return {"keys": keys_section(keys), "tenants": [{"id": "stranger"}], "pools": pools}
