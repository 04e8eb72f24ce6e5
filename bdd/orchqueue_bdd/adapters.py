"""The server on which every adapter is looked at: pools for each engine that the server claims to drive.

What an engine is asked and how it fares is the same for all of them; what a format has of its own stands in
its own pools.
"""

from typing import Any

from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, keys_section

# What an engine of each format is called in a configuration, and what the server has to be told of it.
ENGINES: dict[str, dict[str, Any]] = {
    "vllm": {"engine": "vllm", "slots": 2},
    "tgi": {"engine": "tgi", "slots": 2},
    "triton": {"engine": "triton", "slots": 2, "ctx": 4096},
    "openai": {"engine": "vllm", "adapter": "openai", "slots": 2, "ctx": 4096},
}
# Most engines are asked for their health once: what is looked at here is what tasks do.
UNWATCHED = {"heartbeat": {"interval_ms": 60_000, "stale_after_ms": 120_000}}
WATCHED = {"heartbeat": {"interval_ms": 200, "stale_after_ms": 120_000}}
KINDS: dict[str, dict[str, Any]] = {
    "": {"timeouts": {"retries": 1}},
    "-brisk": {"watchdog": {"first_token_ms": 500, "idle_ms": 500}, **WATCHED},
    "-single": {"slots": 1, "sampler_profile_version": "sharp", **UNWATCHED},
}
SHARP = {"version": "sharp", "temperature": 0.25, "top_p": 0.5, "top_k": 7, "min_p": 0.125, "stop": ["STOP"]}
FREE = {"version": "free", "temperature": 0.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0}

# What one format alone has: the engine, and what is said of its pool.
OWN: dict[str, tuple[str, EngineSetup, dict[str, Any]]] = {
    "vllm-ordered": ("vllm", EngineSetup(by_priority=True), {"features": {"priority": True}, **UNWATCHED}),
    "vllm-watched": ("vllm", EngineSetup(), WATCHED),
    "vllm-free": ("vllm", EngineSetup(), {"sampler_profile_version": "free", **UNWATCHED}),
    "tgi-open": ("tgi", EngineSetup(ctx=1536, tells={"model_sha": "ab" * 32}), {"slots": None, **UNWATCHED}),
    "tgi-commit": ("tgi", EngineSetup(tells={"model_sha": "ab" * 20}), UNWATCHED),
    "tgi-free": ("tgi", EngineSetup(), {"sampler_profile_version": "free", **UNWATCHED}),
    "triton-trtllm": ("triton", EngineSetup(tells={"trtllm_version": "0.17.0"}), UNWATCHED),
    "triton-backed": (
        "triton",
        EngineSetup(takes=("sampling_parameters", "stream", "return_num_output_tokens")),
        {"sampler_profile_version": "sharp", **UNWATCHED},
    ),
    "triton-seeded": (
        "triton",
        EngineSetup(takes=("max_tokens", "random_seed", "stop_words")),
        {"sampler_profile_version": "sharp", **UNWATCHED},
    ),
    "openai-keyed": ("openai", EngineSetup(), {"key": {"env": "OPENAI_ENGINE_KEY"}, **UNWATCHED}),
}
ENVIRONMENT = {"OPENAI_ENGINE_KEY": "planted-0123456789abcdef"}

_POOLS: dict[str, tuple[str, EngineSetup, dict[str, Any]]] = {
    **{
        f"{engine}{kind}": (engine, EngineSetup(slots=more.get("slots", 2)), more)
        for engine in ENGINES
        for kind, more in KINDS.items()
    },
    **OWN,
}
SETUPS = {name: setup.speaking(engine, model=name) for name, (engine, setup, _) in _POOLS.items()}
CLAIMS = {name: f"adapter-{engine}" for name, (engine, _, _) in _POOLS.items()}


def configuration(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server, with a pool for each of these engines."""
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "sampler_profiles": [SHARP, FREE],
        "pools": [_pool(name, engines[name]) for name in _POOLS if name in engines],
    }


def _pool(name: str, url: str) -> dict[str, Any]:
    engine, _, more = _POOLS[name]
    entry = {"id": name, "model": name, **ENGINES[engine], **more}
    key = entry.pop("key", None)
    worker = {"id": f"{name}-0", "url": url} | ({} if key is None else {"api_key": key})
    return {field: value for field, value in entry.items() if value is not None} | {"workers": [worker]}
