"""The server on which it is looked at whether tokens repeat: pools of equal replicas, and of unequal ones.

Its engines are as real ones are: what else they work on, or remember, changes their tokens. What a scenario
does with them is in `comparing`.
"""

from typing import Any

from orchqueue_bdd import adapters
from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, keys_section, pool

OTHER_VERSION = "b7777-abcdef0"
QUICK = {"heartbeat": {"interval_ms": 1_000, "stale_after_ms": 10_000}}
SHARP = {"version": "sharp", "temperature": 0.25, "top_p": 0.5, "top_k": 7, "min_p": 0.125, "stop": []}

# Pools with their workers: what is configured, and the engines behind it.
_LLAMACPP: dict[str, dict[str, EngineSetup]] = {
    "twins": {"a": EngineSetup(slots=3), "b": EngineSetup(slots=3)},
    "alone": {"a": EngineSetup(slots=3, version=OTHER_VERSION)},
    "mixed": {"a": EngineSetup(), "b": EngineSetup(version=OTHER_VERSION)},
    "uneven": {"a": EngineSetup(), "b": EngineSetup(version=OTHER_VERSION)},
    "even": {"a": EngineSetup()},
}
_MODELS = {"uneven": "shared", "even": "shared"}
_TWINS = {f"{engine}-twins": engine for engine in adapters.ENGINES}


def _setups() -> dict[str, EngineSetup]:
    setups = {
        f"{name}-{worker}": EngineSetup(
            slots=setup.slots,
            version=setup.version,
            model=_MODELS.get(name, name),
            ms_per_token=0.5,
            sensitive=True,
        )
        for name, workers in _LLAMACPP.items()
        for worker, setup in workers.items()
    }
    for name, engine in _TWINS.items():
        for worker in ("a", "b"):
            setups[f"{name}-{worker}"] = EngineSetup(ms_per_token=0.5, sensitive=True).speaking(engine, name)
    return setups


ENGINES = _setups()
POOLS = (*_LLAMACPP, *_TWINS)
CLAIMS = {
    part: f"adapter-{engine}" for name, engine in _TWINS.items() for part in (name, f"{name}-a", f"{name}-b")
}


def configuration(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server, with a pool for each format that there are engines of."""
    pools = [_llamacpp(name, engines) for name in _LLAMACPP]
    pools += [_other(name, engine, engines) for name, engine in _TWINS.items() if f"{name}-a" in engines]
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "sampler_profiles": [SHARP],
        "pools": pools,
    }


def _workers(name: str, engines: EngineUrls) -> list[dict[str, Any]]:
    own = [f"{name}-{worker}" for worker in ("a", "b") if f"{name}-{worker}" in engines]
    return [{"id": worker, "url": engines[worker]} for worker in own]


def _llamacpp(name: str, engines: EngineUrls) -> dict[str, Any]:
    model = _MODELS.get(name, name)
    return {**pool(name, ""), "model": model, **QUICK, "workers": _workers(name, engines)}


def _other(name: str, engine: str, engines: EngineUrls) -> dict[str, Any]:
    entry = {"id": name, "model": name, **QUICK, **adapters.ENGINES[engine]}
    return {**entry, "workers": _workers(name, engines)}
