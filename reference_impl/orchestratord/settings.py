"""The configuration: one file, checked whole against the contract's schema, with every error told; and what
stands beside it.

It turns text into plans and keys. Nothing is started here.
"""

import json
import re
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from ipaddress import ip_address
from math import floor, isnan
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from orchestratord.adapters import ADAPTERS, MockBehaviour, MockFault
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

ConfigMode = Literal["strict", "compat"]

KEY_VARIABLE = "ORCHESTRATORD_API_KEY"
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
    streams_per_key: int
    keys: tuple[Key, ...]
    service: ServicePlan
    log_level: Level
    shown_key: str | None
    ignored: tuple[str, ...]


def read_settings(path: Path | None, environment: Mapping[str, str], mode: ConfigMode = "strict") -> Settings:
    """The settings of a configuration file, or of none.

    Raises ConfigurationError with all that is wrong with it.
    """
    given = {} if path is None else _parse(path)
    ignored = _check_schema(given, mode)
    full = _with_defaults(load("config.schema"), given)
    full.setdefault("pools", [_with_defaults(load("config.schema")["$defs"]["pool"], dict(DEFAULT_POOL))])
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
        streams_per_key=limits["streams_per_key"],
        keys=(*(_key(key) for key in full["keys"]), *_environment_keys(extra_key)),
        service=_service_plan(full),
        log_level=full["log"]["level"],
        shown_key=shown_key,
        ignored=tuple(ignored),
    )


def _parse(path: Path) -> dict[str, Any]:
    """The file as it stands. JSON is YAML."""
    try:
        text = path.read_text(encoding="utf-8")
        parsed: Any
        if path.suffix == ".toml":
            parsed = tomllib.loads(text)
        elif path.suffix == ".json":
            parsed = json.loads(text, object_pairs_hook=_distinct)
        else:
            parsed = yaml.load(text, _DistinctLoader)  # noqa: S506 - a SafeLoader that also refuses duplicate keys
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read ({error.strerror})"]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError([f"{path}: {' '.join(str(error).split())}"]) from None
    except RecursionError:
        raise ConfigurationError([f"{path}: is nested too deep"]) from None
    if parsed is None:
        parsed = {}
    if not isinstance(parsed, dict):
        raise ConfigurationError([f"{path}: holds no mapping of fields"])
    return cast(dict[str, Any], parsed)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has a key twice")
    return members


class _DistinctLoader(yaml.SafeLoader):
    """YAML's safe loader, which would let the last of two equal keys win."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        keys = [self.construct_object(key, deep=True) for key in own]
        if len(set(map(repr, keys))) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a mapping has a key twice", node.start_mark)
        return super().construct_mapping(node, deep)


# JSON is YAML, but not of the version that the library reads: it takes 2e-06 for a text.
_DistinctLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"-?[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]+\Z"), list("-0123456789")
)


def _check_schema(given: dict[str, Any], mode: ConfigMode) -> list[str]:
    """Raises ConfigurationError with the path of everything that the schema refuses; answers what compat
    mode took out.
    """
    from orchqueue_contract.schemas import validator  # noqa: PLC0415 - a server without a file starts without it

    judge = validator("config.schema")
    ignored: list[str] = []
    problems = [f"{path}: is no number" for path in _not_numbers(given, "")]
    found: list[Any] = sorted(
        judge.iter_errors(given), key=lambda problem: [str(p) for p in problem.absolute_path]
    )
    for problem in found:
        path = "/".join(str(part) for part in problem.absolute_path)
        if problem.validator != "additionalProperties":
            if not any(line.startswith(f"/{path}: ") for line in problems):
                problems.append(f"/{path}: {_without_value(problem)}")
            continue
        for name in sorted(set(problem.instance) - set(problem.schema.get("properties", {})), key=str):
            where = f"/{path}/{name}".replace("//", "/")
            # OC-CONFIG-6001
            if mode == "compat":
                ignored.append(where)
                del problem.instance[name]
            else:
                problems.append(f"{where}: unknown field")
    if problems:
        raise ConfigurationError(problems)
    return ignored


def _not_numbers(value: Any, path: str) -> Iterator[str]:
    """Where something stands that no bound refuses, since it compares with nothing."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, member in members:
        yield from _not_numbers(member, f"{path}/{name}")
    if isinstance(value, float) and isnan(value):
        yield path


def _without_value(problem: Any) -> str:
    """The validator's words; a text that was given is left out, since it may be a key that stands in the
    wrong place.
    """
    if isinstance(problem.instance, str):
        return f"this text does not satisfy {problem.validator} {problem.validator_value!r}"
    return str(problem.message)


def _with_defaults(schema: Mapping[str, Any], given: Any) -> Any:
    """The instance with the schema's defaults filled in, all the way down."""
    schema = _resolved(schema)
    if isinstance(given, dict):
        full = dict(given)
        for name, part in schema.get("properties", {}).items():
            resolved = _resolved(part)
            if name in full:
                full[name] = _with_defaults(resolved, full[name])
            elif "default" in part or "default" in resolved:
                full[name] = _with_defaults(resolved, part.get("default", resolved.get("default")))
        return full
    if isinstance(given, list) and "items" in schema:
        return [_with_defaults(schema["items"], item) for item in given]
    if isinstance(given, float) and schema.get("type") == "integer":
        return int(given)  # JSON Schema counts 1.0 as an integer
    return given


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    target: Any = load("config.schema")
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return cast(Mapping[str, Any], target)


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
    return Key(key["id"], digest, key["tenant"], scopes, _rate(key))


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
        Key("environment", sha256(text.encode()).digest(), DEFAULT_TENANT, frozenset({"data", "control"}))
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
