"""The configuration: one file, checked whole against the contract's schema, with every error told; and what
stands beside it.

It turns text into plans and keys. Nothing is started here.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from ipaddress import ip_address
from math import floor
from pathlib import Path
from typing import Any

from orchestratord.adapters import ADAPTERS, MockBehaviour, MockFault
from orchestratord.config_file import ConfigMode, check, parse, with_defaults
from orchestratord.core.budgets import MILLION, Budgets
from orchestratord.core.errors import ConfigurationError
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.quotas import Tenant
from orchestratord.core.rate_limits import Rate
from orchestratord.core.sampling import SamplerProfile
from orchestratord.core.watchdog import WatchdogLimits
from orchestratord.http import Key
from orchestratord.logs import Level
from orchestratord.service import PoolPlan, QueuePlan, ServicePlan, SessionsPlan, StreamsPlan, WorkerPlan
from orchqueue_contract import load

KEY_VARIABLE = "ORCHESTRATORD_API_KEY"
ENVIRONMENT_KEY = "environment"
DEFAULT_TENANT = "default"
DEFAULT_POOL: dict[str, Any] = {"id": "default", "engine": "llamacpp", "adapter": "mock"}
MOCK_REPLICA = "mock-0"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is started with.

    `shown_key` is a key that was made up and has to be told to whoever started it.

    `ignored` are the paths of unknown fields that compat mode passed over; `*_ms` are milliseconds.
    """

    host: str
    port: int
    body_bytes: int
    header_bytes: int
    header_timeout_ms: float
    body_timeout_ms: float
    idle_timeout_ms: float
    stall_timeout_ms: float
    connections: int
    streams_per_key: int
    keys: tuple[Key, ...]
    service: ServicePlan
    log_level: Level
    log_buffer_bytes: int
    shown_key: str | None
    ignored: tuple[str, ...]


def read_settings(path: Path | None, environment: Mapping[str, str], mode: ConfigMode = "strict") -> Settings:
    """The settings of a configuration file, or of none.

    Raises ConfigurationError with all that is wrong with it.
    """
    given = {} if path is None else parse(path)
    ignored = check(given, mode)
    full = with_defaults(load("config.schema"), given)
    full.setdefault("pools", [with_defaults(load("config.schema")["$defs"]["pool"], dict(DEFAULT_POOL))])
    shown_key = None
    env_key = environment.get(KEY_VARIABLE)
    if not env_key and not full["keys"] and _is_loopback(full["server"]["host"]):
        # OC-OPS-8001
        shown_key = secrets.token_urlsafe(32)
    # OC-CONFIG-6005: whatever the schema cannot say is looked for together, too.
    problems = [*_pool_problems(full), *_key_problems(full, env_key)]
    if problems:
        raise ConfigurationError(problems)
    return _settings(full, env_key or shown_key, shown_key, ignored)


def _settings(
    full: dict[str, Any], extra_key: str | None, shown_key: str | None, ignored: list[str]
) -> Settings:
    server, limits = full["server"], full["server"]["limits"]
    return Settings(
        host=server["host"],
        port=server["port"],
        body_bytes=limits["body_bytes"],
        header_bytes=limits["header_bytes"],
        header_timeout_ms=limits["header_timeout_ms"],
        body_timeout_ms=limits["body_timeout_ms"],
        idle_timeout_ms=limits["idle_timeout_ms"],
        stall_timeout_ms=limits["stall_timeout_ms"],
        connections=limits["connections"],
        streams_per_key=limits["streams_per_key"],
        keys=(*(_key(key) for key in full["keys"]), *_environment_keys(extra_key)),
        service=_service_plan(full),
        log_level=full["log"]["level"],
        log_buffer_bytes=full["log"]["buffer_bytes"],
        shown_key=shown_key,
        ignored=tuple(ignored),
    )


def _pool_problems(full: dict[str, Any]) -> list[str]:
    problems = _twice("pools", [pool["id"] for pool in full["pools"]])
    profiles = {profile["version"] for profile in full["sampler_profiles"]} | {SamplerProfile().version}
    problems += _twice("sampler_profiles", [profile["version"] for profile in full["sampler_profiles"]])
    for number, pool in enumerate(full["pools"]):
        path, adapter = f"/pools/{number}", pool.get("adapter", pool["engine"])
        if adapter not in ADAPTERS:
            problems.append(
                f"{path}/adapter: this build has no adapter {adapter}, only {', '.join(sorted(ADAPTERS))}"
            )
        if adapter == "mock" and pool["workers"]:
            problems.append(f"{path}/workers: the mock engine has no workers")
        if adapter != "mock" and not pool["workers"]:
            problems.append(f"{path}/workers: the adapter {adapter} needs at least one worker")
        if pool["sampler_profile_version"] not in profiles:
            problems.append(f"{path}/sampler_profile_version: there is no such profile in /sampler_profiles")
        if pool["heartbeat"]["stale_after_ms"] < pool["heartbeat"]["interval_ms"]:
            problems.append(f"{path}/heartbeat/stale_after_ms: is shorter than the interval")
        problems += _twice(f"pools/{number}/workers", [worker["id"] for worker in pool["workers"]])
    return problems


def _key_problems(full: dict[str, Any], env_key: str | None) -> list[str]:
    tenants = {tenant["id"] for tenant in full["tenants"]} | {DEFAULT_TENANT}
    problems = _twice("keys", [key["id"] for key in full["keys"]])
    problems += _twice("tenants", [tenant["id"] for tenant in full["tenants"]])
    for number, key in enumerate(full["keys"]):
        if key["tenant"] not in tenants:
            problems.append(f"/keys/{number}/tenant: there is no such tenant in /tenants")
        if not _is_moment(key.get("not_after")):
            problems.append(f"/keys/{number}/not_after: there is no such moment")
        if env_key and key["id"] == ENVIRONMENT_KEY:
            problems.append(f"/keys/{number}/id: this is the id of the key in {KEY_VARIABLE}")
    digests = [key["sha256"] for key in full["keys"]]
    if len(set(digests)) != len(digests):
        problems.append("/keys: two entries have the same digest")
    if env_key and sha256(env_key.encode()).hexdigest() in digests:
        problems.append(f"/keys: an entry has the digest of {KEY_VARIABLE}, which is a key of its own")
    # OC-CONFIG-6003
    host = full["server"]["host"]
    if not full["keys"] and not env_key and not _is_loopback(host):
        problems.append(f"/server/host: {host} is not a loopback address, and no key is configured")
    return problems


def _is_moment(text: str | None) -> bool:
    try:
        return text is None or datetime.fromisoformat(text).timestamp() is not None
    except (ValueError, OverflowError):
        return False


def _twice(where: str, ids: list[str]) -> list[str]:
    return [
        f"/{where}: {one} stands there twice" for one in sorted({one for one in ids if ids.count(one) > 1})
    ]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _key(key: dict[str, Any]) -> Key:
    digest, scopes = bytes.fromhex(key["sha256"]), frozenset(key["scopes"])
    not_after = datetime.fromisoformat(key["not_after"]).timestamp() if "not_after" in key else None
    return Key(key["id"], digest, key["tenant"], scopes, _rate(key), not_after)


def _rate(entry: dict[str, Any]) -> Rate | None:
    return Rate(entry["rps"], entry["burst"]) if "rps" in entry else None


def _tenant(entry: dict[str, Any]) -> Tenant:
    return Tenant(
        entry["id"], entry["weight"], entry.get("max_concurrent"), entry.get("kv_bytes"), _rate(entry)
    )


def _environment_keys(text: str | None) -> list[Key]:
    if not text:
        return []
    return [
        Key(ENVIRONMENT_KEY, sha256(text.encode()).digest(), DEFAULT_TENANT, frozenset({"data", "control"}))
    ]


def _service_plan(full: dict[str, Any]) -> ServicePlan:
    profiles = {SamplerProfile().version: SamplerProfile()}
    for profile in full["sampler_profiles"]:
        profiles[profile["version"]] = SamplerProfile(**{**profile, "stop": tuple(profile["stop"])})
    streams = full["streams"]
    return ServicePlan(
        pools=tuple(_pool_plan(pool) for pool in full["pools"]),
        sampler_profiles=tuple(profiles.values()),
        streams=StreamsPlan(streams["retain_ms"], streams["keepalive_ms"], streams["max_bytes"]),
        grace_ms=full["server"]["grace_ms"],
        tenants=tuple(_tenant(tenant) for tenant in full["tenants"]),
        sessions=_sessions_plan(full["sessions"]),
    )


def _sessions_plan(entry: dict[str, Any]) -> SessionsPlan:
    budgets = entry["budgets"]
    tokens, time_ms, cost = budgets["tokens"], budgets["time_ms"], budgets["cost"]
    return SessionsPlan(
        entry["ttl_ms"],
        Budgets(
            turns=entry["max_turns"],
            tokens=None if tokens is None else int(tokens),
            time_ms=None if time_ms is None else int(time_ms),
            # OC-CORE-1023
            cost=None if cost is None else floor(_millionths(cost)),
            price=_millionths(entry["price_per_token"]),
        ),
    )


def _millionths(amount: float) -> Fraction:
    """Just as it was written: a binary fraction would be a little more or less."""
    return Fraction(str(amount)) * MILLION


def _pool_plan(pool: dict[str, Any]) -> PoolPlan:
    adapter = pool.get("adapter", pool["engine"])
    queue, watchdog, mock = pool["queue"], pool["watchdog"], pool.get("mock") or {}
    workers = tuple(WorkerPlan(worker["id"], worker["url"]) for worker in pool["workers"])
    return PoolPlan(
        id=pool["id"],
        engine=pool["engine"],
        adapter=adapter,
        workers=workers if adapter != "mock" else (WorkerPlan(MOCK_REPLICA, ""),),
        model=pool.get("model"),
        quant=pool.get("quant"),
        ctx=pool.get("ctx"),
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
        mock=MockBehaviour(
            slots=mock["slots"],
            ms_per_token=mock["ms_per_token"],
            ctx=mock["ctx"],
            limit=mock["limit"],
            faults=tuple(MockFault(fault["kind"], fault["after_tokens"]) for fault in mock["faults"]),
        ),
    )
