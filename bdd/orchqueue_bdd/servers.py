"""The servers that scenarios share: named configurations, each started once when first asked for.

A new configuration is a `ServerSetup` in `SERVERS`, written in the contract's own schema; a scenario asks for
it by `Given the server "name"`. What starts processes is the kit's target; what a scenario does with a server
is in `world`.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchqueue.kit import AttachedTarget, KitError, NotTestable, RunningServer, ScriptedEngine, Server, Target

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

    `config` makes the configuration from the URLs of `engines` and from the keys, `pools` are those that must
    be ready before it is used; `attachable` says that an attached server, configured by its operator, may
    stand in for it.
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
class SharedServer:
    """A server that runs: the kit's handle on it, the keys it knows, and the engines behind it by name."""

    running: Server
    keys: Keys
    engines: Mapping[str, ScriptedEngine]

    @property
    def name(self) -> str:
        """Its name in the records, another one for each start."""
        return self.running.name

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.running.url

    @property
    def launched(self) -> RunningServer:
        """The handle on its process. Raises NotTestable for a server that was not started here."""
        if isinstance(self.running, RunningServer):
            return self.running
        raise NotTestable("an attached server is its operator's: it has no process here")

    @property
    def alive(self) -> bool:
        """Whether it is still there to be used."""
        return not isinstance(self.running, RunningServer) or self.running.alive

    @property
    def at_rest(self) -> bool:
        """Whether its engines work on nothing."""
        return all(engine.slots_busy == 0 and engine.waiting == 0 for engine in self.engines.values())

    def stop(self) -> None:
        """Stop it and its engines."""
        try:
            self.running.stop()
        finally:
            for engine in self.engines.values():
                engine.stop()


class Servers:
    """Starts servers when they are asked for, and remembers those that could not be started."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._running: dict[str, SharedServer] = {}
        self._refused: dict[str, str] = {}
        self._starts: dict[str, int] = {}

    def get(self, name: str) -> SharedServer:
        """Give the server of that name. Raises NotTestable when this target cannot be brought to it."""
        if name in self._refused:
            raise NotTestable(self._refused[name])
        if name in self._running and not self._running[name].alive:
            self.stop(name)
        if name not in self._running:
            try:
                self._running[name] = self._start(name)
            except KitError as error:
                self._refused[name] = f'there is no server "{name}": {error}'
                raise NotTestable(self._refused[name]) from error
        return self._running[name]

    def keep_only(self, name: str) -> None:
        """Stop every server but this one."""
        for other in [running for running in self._running if running != name]:
            self.stop(other)

    def stop(self, name: str) -> None:
        """Stop a server and its engines, if it runs; the next to ask for it gets a new one."""
        server = self._running.pop(name, None)
        if server is not None:
            server.stop()

    def stop_all(self) -> None:
        """Stop whatever runs."""
        self.keep_only("")

    def _start(self, name: str) -> SharedServer:
        if name not in SERVERS:
            raise NotTestable(f'there is no configuration "{name}"; there are {", ".join(sorted(SERVERS))}')
        setup = SERVERS[name]
        self._starts[name] = self._starts.get(name, 0) + 1
        unique = name if self._starts[name] == 1 else f"{name}-{self._starts[name]}"
        if isinstance(self._target, AttachedTarget):
            return _attached(self._target, setup, unique)
        return self._launched(setup, unique)

    def _launched(self, setup: ServerSetup, name: str) -> SharedServer:
        keys = {key: secrets.token_urlsafe(24) for key in ("data", "control", "stranger")}
        engines = {key: _engine(engine).start() for key, engine in setup.engines.items()}
        try:
            config = setup.config({key: engine.url for key, engine in engines.items()}, keys)
            running = self._target.launch(config, name, env=setup.env)
            server = SharedServer(running, keys, engines)
        except BaseException:
            for engine in engines.values():
                engine.stop()
            raise
        try:
            running.wait_ready(setup.pools)
        except BaseException:
            server.stop()
            raise
        return server


def _attached(target: AttachedTarget, setup: ServerSetup, name: str) -> SharedServer:
    if not setup.attachable:
        raise NotTestable(f"an attached server cannot be brought to this: {setup.says}")
    keys = {"data": target.api_key, "control": target.control_key or target.api_key}
    engines: dict[str, ScriptedEngine] = {}
    if target.engine_listen is not None:
        host, port = target.engine_listen
        engines = {name: _engine(engine, host, port).start() for name, engine in setup.engines.items()}
    return SharedServer(target.attach(name), keys, engines)


def _engine(setup: EngineSetup, host: str = "127.0.0.1", port: int = 0) -> ScriptedEngine:
    return ScriptedEngine(
        slots=setup.slots,
        ms_per_token=setup.ms_per_token,
        ctx=setup.ctx,
        model=setup.model,
        host=host,
        port=port,
    )
