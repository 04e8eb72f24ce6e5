"""The pools of a configuration: what the schema cannot say of them, and the plans that they become.

Keys, limits and everything else of the file are in `settings`.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestratord.adapters import ADAPTERS, MockBehaviour, MockFault
from orchestratord.core.pools.backoff import Backoff
from orchestratord.core.pools.breaker import BreakerRules
from orchestratord.core.pools.objective_breaker import ObjectiveRules
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.sampling import SamplerProfile
from orchestratord.core.watchdog import WatchdogLimits
from orchestratord.plans import PoolPlan, QueuePlan, WorkerPlan
from orchestratord.workers import ModelFileError, identify

MOCK_REPLICA = "mock-0"

# OC-ADAPT-5024, OC-ADAPT-5063
_NEVER_TOLD: Mapping[str, tuple[str, ...]] = {
    "vllm": ("slots",),
    "openai": ("slots",),
    "triton": ("slots", "ctx"),
}
_NAMED_MODEL = frozenset({"triton"})


def adapter_of(pool: Mapping[str, Any]) -> str:
    """The adapter of an entry: the one of its engine unless it names another."""
    return str(pool.get("adapter", pool["engine"]))


def pool_problems(full: Mapping[str, Any]) -> list[str]:
    """What is wrong with the entries beyond what the schema says, each with its path."""
    problems = twice("pools", [pool["id"] for pool in full["pools"]])
    profiles = {profile["version"] for profile in full["sampler_profiles"]} | {SamplerProfile().version}
    problems += twice("sampler_profiles", [profile["version"] for profile in full["sampler_profiles"]])
    for number, pool in enumerate(full["pools"]):
        path = f"/pools/{number}"
        problems += _engine_problems(path, pool)
        if pool["sampler_profile_version"] not in profiles:
            problems.append(f"{path}/sampler_profile_version: there is no such profile in /sampler_profiles")
        if pool["heartbeat"]["stale_after_ms"] < pool["heartbeat"]["interval_ms"]:
            problems.append(f"{path}/heartbeat/stale_after_ms: is shorter than the interval")
        problems += _worker_problems(path, pool)
        problems += twice(f"pools/{number}/workers", [worker["id"] for worker in pool["workers"]])
    return problems


def fetch_secrets(full: dict[str, Any], environment: Mapping[str, str]) -> tuple[tuple[str, ...], list[str]]:
    """Put the engines' keys in the place of the references to them; answers those secrets, and what is wrong
    with the references.
    """
    # OC-CONFIG-6004
    found: set[str] = set()
    problems: list[str] = []
    for path, worker in _workers(full):
        places = [(worker, "api_key", path)] if "api_key" in worker else []
        references = [name for name, value in worker["env"].items() if isinstance(value, Mapping)]
        places += [(worker["env"], name, f"{path}/env") for name in references]
        for entry, name, at in places:
            try:
                entry[name] = _secret(entry[name], environment)
                found.add(entry[name])
            except ValueError as error:
                problems.append(f"{at}/{name}: {error}")
    return tuple(sorted(found)), problems


def pool_plan(pool: dict[str, Any], secrets: tuple[str, ...] = ()) -> PoolPlan:
    """The plan of one entry, whose defaults are filled in and whose secrets are fetched. `secrets` are those
    of the whole configuration.
    """
    adapter = adapter_of(pool)
    queue, watchdog, mock = pool["queue"], pool["watchdog"], pool.get("mock") or {}
    restart = pool["restart"]
    return PoolPlan(
        id=pool["id"],
        engine=pool["engine"],
        adapter=adapter,
        workers=_worker_plans(pool, secrets) if adapter != "mock" else (WorkerPlan(MOCK_REPLICA, ""),),
        model=pool.get("model"),
        engine_model=pool.get("engine_model"),
        quant=pool.get("quant"),
        ctx=pool.get("ctx"),
        slots=pool.get("slots"),
        max_tokens=pool["max_tokens"],
        sampler_profile_version=pool["sampler_profile_version"],
        queue=QueuePlan(queue["capacity"], queue["full_policy"], queue["age_ms"], queue["order"]),
        watchdog=WatchdogLimits(watchdog["wall_ms"], watchdog["first_token_ms"], watchdog["idle_ms"]),
        heartbeat_interval_ms=pool["heartbeat"]["interval_ms"],
        heartbeat_stale_ms=pool["heartbeat"]["stale_after_ms"],
        connect_ms=pool["timeouts"]["connect_ms"],
        retries=pool["timeouts"]["retries"],
        cancel_on_disconnect=pool["cancel_on_disconnect"],
        preemption=PreemptionRules(pool["preemption"]["mode"], pool["preemption"]["per_minute"]),
        interactive_first_token_ms=pool["objectives"]["interactive_first_token_ms"],
        batch_first_token_ms=pool["objectives"]["batch_first_token_ms"],
        kv_bytes_per_token=pool["kv_bytes_per_token"],
        features=pool["features"],
        workloads=tuple(pool["workloads"]) if "workloads" in pool else None,
        restart=Backoff(restart["initial_ms"], restart["max_ms"]),
        breaker=BreakerRules(
            restart["breaker_restarts"],
            restart["breaker_window_ms"],
            restart["breaker_open_ms"],
            restart["breaker_healthy_ms"],
        ),
        silent_ms=restart["silent_ms"],
        kv_reserved=pool["kv_reserved"],
        devices=tuple(pool.get("devices", ())),
        shedding=ObjectiveRules(pool["objectives"]["breach_ms"], pool["objectives"]["recovery_ms"]),
        model_paths=_model_paths(pool),
        mock=MockBehaviour(
            slots=mock["slots"],
            ms_per_token=mock["ms_per_token"],
            ctx=mock["ctx"],
            limit=mock["limit"],
            faults=tuple(MockFault(fault["kind"], fault["after_tokens"]) for fault in mock["faults"]),
        ),
    )


def _model_path(pool: Mapping[str, Any]) -> str | None:
    """The file of the model that the pool has at first."""
    found: str | None = pool.get("model_path") or pool["model_paths"].get(pool.get("model"))
    return found


def _model_paths(pool: Mapping[str, Any]) -> dict[str, str]:
    """The files of the models that a reload may bring, among them the one that the pool has at first."""
    first = {pool["model"]: pool["model_path"]} if {"model", "model_path"} <= pool.keys() else {}
    return {**pool["model_paths"], **first}


def twice(where: str, ids: list[str]) -> list[str]:
    """One problem for each id that stands there more than once."""
    return [
        f"/{where}: {one} stands there twice" for one in sorted({one for one in ids if ids.count(one) > 1})
    ]


def _engine_problems(path: str, pool: Mapping[str, Any]) -> Iterator[str]:
    adapter = adapter_of(pool)
    if adapter not in ADAPTERS:
        yield f"{path}/adapter: this build has no adapter {adapter}, only {', '.join(sorted(ADAPTERS))}"
    if adapter == "mock" and pool["workers"]:
        yield f"{path}/workers: the mock engine has no workers"
    if adapter != "mock" and not pool["workers"]:
        yield f"{path}/workers: the adapter {adapter} needs at least one worker"
    for name in _NEVER_TOLD.get(adapter, ()):
        if name not in pool:
            yield f"{path}/{name}: has to be given, since an engine of the adapter {adapter} does not tell it"
    if adapter in _NAMED_MODEL and not {"model", "engine_model"} & set(pool):
        yield f"{path}/model: has to be given, since the adapter {adapter} asks for a model by its name"


def _worker_problems(path: str, pool: Mapping[str, Any]) -> Iterator[str]:
    # OC-POOL-3040
    wanted, other = ("command", "url") if pool["mode"] == "managed" else ("url", "command")
    for place, worker in enumerate(pool["workers"]):
        at = f"{path}/workers/{place}"
        if wanted not in worker:
            yield f"{at}/{wanted}: has to be given in the mode {pool['mode']}"
        if other in worker:
            yield f"{at}/{other}: has no meaning in the mode {pool['mode']}"
        if "command" in worker:
            yield from _command_problems(at, pool, worker["command"])
    if pool["mode"] == "managed":
        yield from _file_problems(path, pool)
    if pool["mode"] == "managed" and adapter_of(pool) == "mock":
        yield f"{path}/mode: the mock engine is part of the server, and nothing is run for it"


def _command_problems(path: str, pool: Mapping[str, Any], command: Sequence[str]) -> Iterator[str]:
    if shutil.which(command[0]) is None:
        # OC-CONFIG-6008
        yield f"{path}/command/0: there is no such program that can be run"
    if not any("{port}" in word for word in command):
        yield f"{path}/command: no word of it holds {{port}}, the port that the worker shall listen on"
    if any("{model_path}" in word for word in command) and _model_path(pool) is None:
        yield f"{path}/command: holds {{model_path}}, and the pool has no file of its model"


def _file_problems(path: str, pool: Mapping[str, Any]) -> Iterator[str]:
    model_path = _model_path(pool)
    if model_path is None:
        return
    name = "model_path" if "model_path" in pool else f"model_paths/{pool['model']}"
    try:
        identify(model_path)
    except ModelFileError as error:
        # OC-CONFIG-6008
        yield f"{path}/{name}: the model's file {error.reason}"


def _workers(full: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, pool in enumerate(full["pools"]):
        for place, worker in enumerate(pool["workers"]):
            yield f"/pools/{number}/workers/{place}", worker


def _secret(reference: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """What a reference leads to. Raises ValueError, which says nothing of the secret."""
    if "env" in reference:
        if reference["env"] not in environment:
            raise ValueError(f"the variable {reference['env']} is not set")
        secret = environment[reference["env"]]
    else:
        try:
            secret = Path(reference["file"]).read_text(encoding="utf-8")
        except OSError as error:
            raise ValueError(f"{reference['file']} cannot be read ({error.strerror})") from None
        except UnicodeDecodeError:
            raise ValueError(f"{reference['file']} is no text") from None
    secret = secret.strip()
    if not secret or not secret.isascii() or not secret.isprintable():
        raise ValueError("the secret is empty, or has characters that no key has")
    return secret


def _worker_plans(pool: Mapping[str, Any], secrets: tuple[str, ...]) -> tuple[WorkerPlan, ...]:
    return tuple(
        WorkerPlan(
            worker["id"],
            worker.get("url", ""),
            metrics_url=worker.get("metrics_url"),
            api_key=worker.get("api_key"),
            command=tuple(worker.get("command", ())),
            env=worker["env"],
            model_path=_model_path(pool),
            devices=tuple(worker.get("devices", pool.get("devices", ()))),
            tensor_split=tuple(worker.get("tensor_split", pool.get("tensor_split", ()))),
            memory_bytes=pool["memory_bytes"],
            numa_node=worker.get("numa_node"),
            preload_ms=pool["preload_ms"],
            stop_ms=pool["stop_ms"],
            secrets=secrets,
        )
        for worker in pool["workers"]
    )
