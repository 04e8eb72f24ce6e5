"""What a server of the suite is configured with, as data, and the sections that configurations share.

Which servers there are is in `servers`; nothing here starts one.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from orchqueue.kit.devices import FakeGpu
from orchqueue.kit.managed import engine_command
from orchqueue.verify.leaks import planted

Keys = Mapping[str, str]
EngineUrls = Mapping[str, str]

SCOPES = {
    "data": ["data"],
    "data-only": ["data"],  # "data" of an attached server may have the other scope, too
    "control": ["data", "control"],
    "operator": ["control"],
    "stranger": ["data"],
    "expired": ["data"],
}
SECRET_VARIABLE = "ORCHQUEUE_PLANTED_SECRET"  # noqa: S105 - the name of one
SECRET = {"env": SECRET_VARIABLE}
PAST = "2001-01-01T00:00:00Z"


@dataclass(frozen=True)
class EngineSetup:
    """A scripted engine behind a server, as it behaves until a scenario scripts it.

    The fields are those of the kit's `ScriptedEngine`.
    """

    slots: int = 2
    ms_per_token: float = 2.0
    ctx: int = 4096
    model: str = "tiny"
    version: str | None = None
    format: str = "llamacpp"
    by_priority: bool = False
    sensitive: bool = False
    takes: tuple[str, ...] = ()
    tells: Mapping[str, str] = field(default_factory=dict)

    def speaking(self, format_: str, model: str) -> "EngineSetup":
        """Give the same engine in another wire format, with a model of this name."""
        return replace(self, format=format_, model=model)


@dataclass(frozen=True)
class ServerSetup:
    """A configuration that scenarios can ask for.

    `config` makes the configuration from the URLs of `engines` and from the keys, `pools` are those that must
    be ready before it is used; `attachable` says that an attached server, configured by its operator, may
    stand in for it, `real_engine` that a real llama.cpp is behind it. `managed` are the scripts of engines
    that the server runs itself; `config` gets the paths of their files among the URLs. `gpus` are what it
    finds on its machine, by their indices. `claims` names the profile that a server has to claim for an
    engine and its pool, which is left out where it does not. `turns_on` are the profiles that this
    configuration turns on, and others leave off. `lasting` says that what a scenario does to one of its
    pools stays, so that none can be run twice on one server. `pace_ms` is about how long one of its scenarios
    takes, so that what takes longest is begun first.
    """

    says: str
    config: Callable[[EngineUrls, Keys], dict[str, Any]]
    engines: Mapping[str, EngineSetup] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    more_keys: tuple[str, ...] = ()
    attachable: bool = False
    real_engine: bool = False
    managed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gpus: Sequence[FakeGpu] = ()
    pools: tuple[str, ...] = ("default",)
    claims: Mapping[str, str] = field(default_factory=dict)
    turns_on: frozenset[str] = frozenset()
    lasting: bool = False
    pace_ms: float = 20

    def fitting(self, claimed: Collection[str]) -> "ServerSetup":
        """Give the part of it that a server with these profiles can be configured with."""
        out = {name for name, profile in self.claims.items() if profile not in claimed}
        engines = {name: engine for name, engine in self.engines.items() if name not in out}
        return replace(self, engines=engines, pools=tuple(name for name in self.pools if name not in out))


def with_secret(env: Mapping[str, str] | None) -> dict[str, str]:
    """Give an environment with a secret of its own, as configurations refer to it by `SECRET`."""
    return {SECRET_VARIABLE: planted(), **(env or {})}


def keys_section(keys: Keys) -> list[dict[str, Any]]:
    """Give the `keys` of a configuration: `stranger` is of another tenant than the others, `expired` is."""
    more: dict[str, dict[str, Any]] = {"expired": {"not_after": PAST}}
    return [
        key_entry(
            name, keys[name], "stranger" if name == "stranger" else "default", scopes, **more.get(name, {})
        )
        for name, scopes in SCOPES.items()
    ]


def key_entry(
    name: str, key: str, tenant: str, scopes: Sequence[str] = ("data",), **more: Any
) -> dict[str, Any]:
    """Give one of the `keys` of a configuration; `more` adds to it."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return {"id": name, "sha256": digest, "tenant": tenant, "scopes": list(scopes), **more}


def managed_pool(
    identifier: str, workers: Mapping[str, str], *, model_path: str | None = None, **more: Any
) -> dict[str, Any]:
    """Give a pool of a configuration whose llama.cpp engines the server runs itself, by the files of their
    scripts; with `model_path` the file of the model is the script.
    """
    word = "{model_path}" if model_path is not None else None
    entries = [{"id": name, "command": engine_command(word or path)} for name, path in workers.items()]
    file = {} if model_path is None else {"model_path": model_path}
    return {"id": identifier, "engine": "llamacpp", "mode": "managed", "workers": entries, **file, **more}


def pool(identifier: str, url: str, **more: Any) -> dict[str, Any]:
    """Give a pool of a configuration, with one scripted llama.cpp engine behind it; `more` adds to it."""
    return {
        "id": identifier,
        "engine": "llamacpp",
        "mode": "external",
        "workers": [{"id": f"{identifier}-0", "url": url, "api_key": SECRET}],
        **more,
    }
