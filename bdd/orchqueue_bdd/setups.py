"""What a server of the suite is configured with, as data, and the sections that configurations share.

Which servers there are is in `servers`; nothing here starts one.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Keys = Mapping[str, str]
EngineUrls = Mapping[str, str]

SCOPES = {
    "data": ["data"],
    "control": ["data", "control"],
    "operator": ["control"],
    "stranger": ["data"],
}


@dataclass(frozen=True)
class EngineSetup:
    """A scripted engine behind a server, as it behaves until a scenario scripts it.

    `version` None is one as the builds of its wire format have.
    """

    slots: int = 2
    ms_per_token: float = 2.0
    ctx: int = 4096
    model: str = "tiny"
    version: str | None = None
    format: str = "llamacpp"


@dataclass(frozen=True)
class ServerSetup:
    """A configuration that scenarios can ask for.

    `config` makes the configuration from the URLs of `engines` and from the keys, `pools` are those that must
    be ready before it is used; `attachable` says that an attached server, configured by its operator, may
    stand in for it, `real_engine` that a real llama.cpp is behind it. `pace_ms` is about how long one of its
    scenarios takes, so that processes that run at the same time get equal shares.
    """

    says: str
    config: Callable[[EngineUrls, Keys], dict[str, Any]]
    engines: Mapping[str, EngineSetup] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    more_keys: tuple[str, ...] = ()
    attachable: bool = False
    real_engine: bool = False
    pools: tuple[str, ...] = ("default",)
    pace_ms: float = 20


def keys_section(keys: Keys) -> list[dict[str, Any]]:
    """Give the `keys` of a configuration: `stranger` is of another tenant than the others."""
    return [
        key_entry(name, keys[name], "stranger" if name == "stranger" else "default", scopes)
        for name, scopes in SCOPES.items()
    ]


def key_entry(
    name: str, key: str, tenant: str, scopes: Sequence[str] = ("data",), **more: Any
) -> dict[str, Any]:
    """Give one of the `keys` of a configuration; `more` adds to it."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return {"id": name, "sha256": digest, "tenant": tenant, "scopes": list(scopes), **more}


def pool(identifier: str, url: str, **more: Any) -> dict[str, Any]:
    """Give a pool of a configuration, with one scripted llama.cpp engine behind it; `more` adds to it."""
    return {
        "id": identifier,
        "engine": "llamacpp",
        "mode": "external",
        "workers": [{"id": f"{identifier}-0", "url": url}],
        **more,
    }
