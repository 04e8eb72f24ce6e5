"""The configuration: one file, checked whole against the contract's schema, with every error told; and what
stands beside it.

It turns text into plans and keys. Nothing is started here.
"""

import secrets
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from ipaddress import ip_address
from math import floor
from pathlib import Path
from typing import Any

from orchestratord.catalog_settings import catalog_plan
from orchestratord.config_file import ConfigMode, check, parse, read, with_defaults
from orchestratord.core.budgets import MILLION, Budgets
from orchestratord.core.errors import ConfigurationError
from orchestratord.core.pools.devices import Device
from orchestratord.core.quotas import Tenant
from orchestratord.core.rate_limits import Rate
from orchestratord.core.sampling import SamplerProfile
from orchestratord.device_settings import device_problems, listed_devices, names_devices
from orchestratord.devices import DeviceError
from orchestratord.http.keys import Key
from orchestratord.logs import Level
from orchestratord.plans import ArtifactsPlan, CatalogPlan, ServicePlan, SessionsPlan, StreamsPlan
from orchestratord.policy_settings import policy_plan, policy_problems
from orchestratord.pool_settings import fetch_secrets, pool_plan, pool_problems, twice
from orchqueue_contract import load

KEY_VARIABLE = "ORCHESTRATORD_API_KEY"
ARTIFACTS_VARIABLE = "ORCH_ARTIFACTS_FS_ROOT"
ENVIRONMENT_KEY = "environment"
DEFAULT_TENANT = "default"
# What a reader leaves unread lies in the system's buffer, for which Linux takes twice what it is told, in the
# connection's, or is on its way there.
UNREAD_PARTS = 4
DEFAULT_POOL: dict[str, Any] = {"id": "default", "engine": "llamacpp", "adapter": "mock"}


AskDriver = Callable[[], Mapping[int, Device] | None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is started with.

    `shown_key` is a key that was made up and has to be told to whoever started it.

    `ignored` are the paths of unknown fields that compat mode passed over; `*_ms` are milliseconds.
    `buffer_bytes` is what each of the buffers on the way to a reader takes. `document` is the whole
    configuration, its defaults filled in and its references to secrets as they stand there, and `digest` the
    SHA-256 of the file's bytes in hexadecimal digits, empty without a file.
    """

    host: str
    port: int
    body_bytes: int
    header_bytes: int
    header_timeout_ms: float
    body_timeout_ms: float
    idle_timeout_ms: float
    stall_timeout_ms: float
    buffer_bytes: int
    connections: int
    streams_per_key: int
    keys: tuple[Key, ...]
    service: ServicePlan
    log_level: Level
    log_buffer_bytes: int
    shown_key: str | None
    ignored: tuple[str, ...]
    pid_file: Path | None
    document: Mapping[str, Any]
    digest: str


def read_settings(
    path: Path | None,
    environment: Mapping[str, str],
    mode: ConfigMode = "strict",
    ask_driver: AskDriver = lambda: None,
    data: bytes | None = None,
) -> Settings:
    """The settings of a configuration file, or of none. `ask_driver` is asked for the machine's devices where
    a pool names some; without a driver it answers None. `data` is taken for what stands in the file.

    Raises ConfigurationError with all that is wrong with it.
    """
    text = data if data is not None or path is None else read(path)
    given = {} if path is None or text is None else parse(path, text)
    ignored = check(given, mode)
    full = with_defaults(load("config.schema"), given)
    full.setdefault("pools", [with_defaults(load("config.schema")["$defs"]["pool"], dict(DEFAULT_POOL))])
    if environment.get(ARTIFACTS_VARIABLE):
        # OC-CTRL-2075
        full["artifacts"] = {
            **full["artifacts"],
            "store": "filesystem",
            "root": environment[ARTIFACTS_VARIABLE],
        }
    shown_key = None
    env_key = environment.get(KEY_VARIABLE)
    if not env_key and not full["keys"] and _is_loopback(full["server"]["host"]):
        # OC-OPS-8001
        shown_key = secrets.token_urlsafe(32)
    # OC-CONFIG-6005: whatever the schema cannot say is looked for together, too.
    problems = [*pool_problems(full), *_key_problems(full, env_key), *_stream_problems(full["streams"])]
    problems += _artifact_problems(full)
    problems += policy_problems(full["policy"])
    catalog, bad_catalog = catalog_plan(full)
    problems += bad_catalog
    problems += device_problems(full, _devices(full, ask_driver))
    document = deepcopy(full)
    found, bad_references = fetch_secrets(full, environment)
    problems += bad_references
    if problems:
        raise ConfigurationError(problems)
    settings = _settings(full, env_key or shown_key, shown_key, ignored, found=found, catalog=catalog)
    return replace(
        settings,
        document=document,
        digest="" if text is None else sha256(text).hexdigest(),
        pid_file=_beside(path, settings.pid_file),
    )


def _devices(full: dict[str, Any], ask_driver: AskDriver) -> Mapping[int, Device]:
    """The devices of the machine; none where its driver does not work, since nobody knows them then."""
    listed = {device.index: device for device in listed_devices(full)}
    if not names_devices(full):
        return listed
    try:
        told = ask_driver()
    except DeviceError:
        return {}
    return listed if told is None else told


def _settings(
    full: dict[str, Any],
    extra_key: str | None,
    shown_key: str | None,
    ignored: list[str],
    *,
    found: tuple[str, ...],
    catalog: CatalogPlan | None,
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
        buffer_bytes=_buffer_bytes(limits),
        connections=limits["connections"],
        streams_per_key=limits["streams_per_key"],
        keys=(*(_key(key) for key in full["keys"]), *_environment_keys(extra_key)),
        service=_service_plan(full, found, catalog),
        log_level=full["log"]["level"],
        log_buffer_bytes=full["log"]["buffer_bytes"],
        shown_key=shown_key,
        ignored=tuple(ignored),
        pid_file=Path(server["pid_file"]) if "pid_file" in server else None,
        document=full,
        digest="",
    )


def _beside(path: Path | None, pid_file: Path | None) -> Path | None:
    """Where a pid file is: by the folder of the configuration, wherever a command is run."""
    # OC-CONFIG-6011
    return pid_file if path is None or pid_file is None else path.resolve().parent / pid_file


def _stream_problems(streams: dict[str, Any]) -> list[str]:
    # OC-CTRL-2017
    if streams["total_bytes"] < streams["max_bytes"]:
        return ["/streams/total_bytes: is less than max_bytes, what the events of one task may occupy"]
    return []


def _key_problems(full: dict[str, Any], env_key: str | None) -> list[str]:
    tenants = {tenant["id"] for tenant in full["tenants"]} | {DEFAULT_TENANT}
    problems = twice("keys", [key["id"] for key in full["keys"]])
    problems += twice("tenants", [tenant["id"] for tenant in full["tenants"]])
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


def _artifact_problems(full: dict[str, Any]) -> list[str]:
    artifacts = full["artifacts"]
    if artifacts["store"] == "filesystem" and "root" not in artifacts:
        return [f"/artifacts/root: the store filesystem needs a folder, here or in {ARTIFACTS_VARIABLE}"]
    return []


def _is_moment(text: str | None) -> bool:
    try:
        return text is None or datetime.fromisoformat(text).timestamp() is not None
    except (ValueError, OverflowError):
        return False


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


def _service_plan(
    full: dict[str, Any], secrets_: tuple[str, ...], catalog: CatalogPlan | None
) -> ServicePlan:
    profiles = {SamplerProfile().version: SamplerProfile()}
    for profile in full["sampler_profiles"]:
        profiles[profile["version"]] = SamplerProfile(**{**profile, "stop": tuple(profile["stop"])})
    streams = full["streams"]
    return ServicePlan(
        pools=tuple(pool_plan(pool, secrets_) for pool in full["pools"]),
        sampler_profiles=tuple(profiles.values()),
        streams=StreamsPlan(
            streams["retain_ms"],
            streams["keepalive_ms"],
            streams["max_bytes"],
            streams["total_bytes"],
            _buffer_bytes(full["server"]["limits"]),
        ),
        grace_ms=full["server"]["grace_ms"],
        flush_ms=full["server"]["flush_ms"],
        tenants=tuple(_tenant(tenant) for tenant in full["tenants"]),
        sessions=_sessions_plan(full["sessions"]),
        artifacts=_artifacts_plan(full["artifacts"]),
        devices=listed_devices(full),
        policy=policy_plan(full["policy"]),
        catalog=catalog,
    )


def _buffer_bytes(limits: dict[str, Any]) -> int:
    # OC-CTRL-2018
    return int(limits["unread_bytes"]) // UNREAD_PARTS


def _artifacts_plan(entry: dict[str, Any]) -> ArtifactsPlan:
    root = Path(entry["root"]) if entry["store"] == "filesystem" else None
    return ArtifactsPlan(root, entry["trace_retain_ms"], entry["max_bytes"])


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
