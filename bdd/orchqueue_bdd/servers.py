"""The servers that scenarios share: named configurations, each started once when first asked for, and stopped in the end.

A new configuration is a `ServerSetup` in `SERVERS`, written in the contract's own schema; a scenario asks for it by
`Given the server "name"`. What starts processes is the kit's target; what a scenario does with a server is in `world`.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchqueue.kit import KitError, NotTestable, RunningServer, ScriptedEngine, Target
from orchqueue.verify.runspec import API_KEY, CONTROL_KEY, TargetKind, TargetSpec

Keys = Mapping[str, str]
EngineUrls = Mapping[str, str]


@dataclass(frozen=True)
class EngineSetup:
    """A scripted engine behind a server, as it behaves until a scenario scripts it."""

    slots: int = 2
    ms_per_token: float = 2.0
    ctx: int = 4096
    model: str = "tiny"


@dataclass(frozen=True)
class ServerSetup:
    """A configuration that scenarios can ask for.

    `config` makes the configuration from the URLs of `engines` and from the keys; `attachable` says that an attached
    server, configured by its operator, may stand in for it.
    """

    says: str
    config: Callable[[EngineUrls, Keys], dict[str, Any]]
    engines: Mapping[str, EngineSetup] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    attachable: bool = False
    pools: tuple[str, ...] = ("default",)


def keys_section(keys: Keys) -> list[dict[str, Any]]:
    """Give the `keys` of a configuration: `data` and `control` of one tenant, `stranger` of another."""
    scopes = {"data": ["data"], "control": ["data", "control"], "stranger": ["data"]}
    return [
        {
            "id": name,
            "sha256": hashlib.sha256(keys[name].encode()).hexdigest(),
            "tenant": "stranger" if name == "stranger" else "default",
            "scopes": scopes[name],
        }
        for name in scopes
    ]


def pool(identifier: str, url: str, **more: Any) -> dict[str, Any]:
    """Give a pool of a configuration, with one scripted llama.cpp engine behind it; `more` adds to it."""
    return {
        "id": identifier,
        "engine": "llamacpp",
        "mode": "external",
        "workers": [{"id": f"{identifier}-0", "url": url}],
        **more,
    }


def _standard(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "pools": [pool("default", engines["main"], queue={"capacity": 64})],
    }


SERVERS: dict[str, ServerSetup] = {
    "standard": ServerSetup(
        "one pool, default, with a scripted llama.cpp engine of two slots and a queue of 64",
        _standard,
        {"main": EngineSetup()},
        attachable=True,
    ),
}
CLAIMS_SERVER = "standard"


@dataclass
class Server:
    """A server that runs: where it is, the keys it knows, and the engines behind it by name."""

    name: str
    url: str
    keys: Keys
    engines: Mapping[str, ScriptedEngine]
    running: RunningServer | None = None

    def log_lines(self) -> list[str]:
        """Give what it has written to stdout so far. Raises NotTestable for a server that was not started here."""
        if self.running is None:
            raise NotTestable("the log of an attached server cannot be read")
        return self.running.log_lines()


class Servers:
    """Starts servers when they are asked for, and remembers those that could not be started."""

    def __init__(self, spec: TargetSpec, target: Target, on_stop: Callable[[Server], None]) -> None:
        self._spec = spec
        self._target = target
        self._on_stop = on_stop
        self._running: dict[str, Server] = {}
        self._refused: dict[str, str] = {}
        self._starts = 0

    def get(self, name: str) -> Server:
        """Give the server of that name. Raises NotTestable when this target cannot be brought to it."""
        if name in self._refused:
            raise NotTestable(self._refused[name])
        if name not in self._running:
            try:
                self._running[name] = self._start(name, SERVERS[name])
            except NotTestable as reason:
                self._refused[name] = str(reason)
                raise
            except KitError as error:
                self._refused[name] = f'the server "{name}" could not be started: {error}'
                raise NotTestable(self._refused[name]) from error
        return self._running[name]

    def keep_only(self, name: str) -> None:
        """Stop every server but this one."""
        for other in [running for running in self._running if running != name]:
            self.stop(other)

    def stop(self, name: str) -> None:
        """Stop a server and its engines, if it runs; the next to ask for it gets a new one."""
        server = self._running.pop(name, None)
        if server is None:
            return
        try:
            if server.running is not None:
                server.running.stop()
        finally:
            for engine in server.engines.values():
                engine.stop()
            self._on_stop(server)

    def stop_all(self) -> None:
        """Stop whatever runs."""
        self.keep_only("")

    def _start(self, name: str, setup: ServerSetup) -> Server:
        self._starts += 1
        unique = name if self._starts == 1 else f"{name}-{self._starts}"
        if self._spec.kind is TargetKind.ATTACHED:
            return self._attach(unique, setup)
        keys = {key: secrets.token_urlsafe(24) for key in ("data", "control", "stranger")}
        engines = {key: _engine(engine) for key, engine in setup.engines.items()}
        try:
            config = setup.config({key: engine.url for key, engine in engines.items()}, keys)
            running = self._target.launch(config, unique, env=dict(setup.env))
            running.wait_ready(setup.pools)
        except KitError:
            for engine in engines.values():
                engine.stop()
            raise
        return Server(unique, running.url, keys, engines, running)

    def _attach(self, name: str, setup: ServerSetup) -> Server:
        if not setup.attachable:
            raise NotTestable(f"an attached server cannot be configured so: {setup.says}")
        data = os.environ.get(API_KEY, "")
        keys = {"data": data, "control": os.environ.get(CONTROL_KEY, data)}
        return Server(name, self._spec.url or "", keys, {})


def _engine(setup: EngineSetup) -> ScriptedEngine:
    engine = ScriptedEngine(
        slots=setup.slots, ms_per_token=setup.ms_per_token, ctx=setup.ctx, model=setup.model
    )
    return engine.start()
