"""The server on which it is looked at which replicas get tasks: pools of several workers, reached by URL.

What a scenario does with them is in `placing`, `homes`, `control` and `shedding`.
"""

from typing import Any

from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, keys_section, pool

QUICK = {"heartbeat": {"interval_ms": 500, "stale_after_ms": 5_000}}
BREACH_MS, RECOVERY_MS = 150, 300
OBJECTIVE_MS = 400
SHEDDING = {
    "objectives": {
        "interactive_first_token_ms": OBJECTIVE_MS,
        "breach_ms": BREACH_MS,
        "recovery_ms": RECOVERY_MS,
    }
}
SETS: dict[str, dict[str, Any]] = {
    "like": {},
    "alike": {},
    "quantised": {"quant": "q4"},
    "sampled": {"sampler_profile_version": "calm"},
    "narrow": {"ctx": 1024},
}
CALM = {"version": "calm", "temperature": 0.1, "top_p": 0.9, "top_k": 20, "min_p": 0.1, "stop": []}

POOLS: dict[str, dict[str, Any]] = {
    "halved": {},
    "lone": {},
    "roomier": {},
    "equal": {},
    "failing-over": {"timeouts": {"retries": 1}},
    "broken-off": {},
    "proving": {},
    "loading": {},
    "stopping": {},
    "measured": {},
    "outmoded": {"slots": 1},
    "leased": {"timeouts": {"retries": 0}},
    "shedding": SHEDDING,
    "cached": {},
    **{name: {"model": "sets", "quant": "q8", **more} for name, more in SETS.items()},
}
WORKERS = {
    name: (f"{name}-a", f"{name}-b")
    for name in ("halved", "roomier", "equal", "failing-over", "broken-off", "like")
}
SLOTS = {"roomier-b": 3, "alike": 2, "quantised": 4, "sampled": 5, "narrow": 6, "like-b": 7, "outmoded": 2}
PACES_MS = {"proving": 50.0}  # so that a request can be ended before it is over
VERSIONS = {"like-b": "b7777-abcdef0"}
TELLS = {"cached": {"kv_cache_usage_ratio": "told"}}

ENGINES = {
    worker: EngineSetup(
        slots=SLOTS.get(worker, 1),
        model=str(more.get("model", name)),
        version=VERSIONS.get(worker),
        tells=TELLS.get(worker, {}),
        ms_per_token=PACES_MS.get(worker, 2.0),
    )
    for name, more in POOLS.items()
    for worker in WORKERS.get(name, (name,))
}


def configuration(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server."""
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "sampler_profiles": [CALM],
        "pools": [_pool(name, engines, more) for name, more in POOLS.items()],
    }


def _pool(name: str, engines: EngineUrls, more: dict[str, Any]) -> dict[str, Any]:
    entries = [{"id": worker, "url": engines[worker]} for worker in WORKERS.get(name, (name,))]
    return {**pool(name, ""), "model": name, "max_tokens": 1024, **QUICK, **more, "workers": entries}
