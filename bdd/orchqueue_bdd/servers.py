"""The servers that scenarios share: named configurations, each started once when first asked for.

A new configuration is a `ServerSetup` in `SERVERS`, written in the contract's own schema; a scenario asks for
it by `Given the server "name"`. What starts processes is the kit's target; what a scenario does with a server
is in `world`.
"""

import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchqueue.kit import AttachedTarget, KitError, NotTestable, RunningServer, ScriptedEngine, Server, Target
from orchqueue.kit.realengine import RealEngine
from orchqueue_bdd import fitting, scheduled
from orchqueue_bdd.setups import SCOPES, EngineSetup, EngineUrls, Keys, ServerSetup, keys_section, pool

REAL = "real"  # the name of the real engine among the URLs that a configuration is made from
AGE_MS = 150  # after how long a batch task of the pool "ageing" counts as interactive


def _standard(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "pools": [pool("default", engines["main"], queue={"capacity": 64})],
    }


def _queues(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    queues: dict[str, dict[str, Any]] = {
        "single": {"capacity": 16},
        "small": {"capacity": 2, "full_policy": "reject"},
        "evicting": {"capacity": 2, "full_policy": "drop-lru"},
        "ageing": {"capacity": 16, "age_ms": AGE_MS},
        "patient": {"capacity": 16},
        "draining": {"capacity": 2, "full_policy": "reject"},
    }
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "pools": [
            pool(name, engines[name], model=name, queue=queue, ctx=4096, max_tokens=1024)
            for name, queue in queues.items()
        ],
    }


def _tight(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    limits = {"body_bytes": 4096, "header_bytes": 2048, "header_timeout_ms": 150, "streams_per_key": 2}
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "server": {"limits": limits},
        "streams": {"retain_ms": 300, "keepalive_ms": 50, "max_bytes": 1024},
        "pools": [pool("default", engines["main"])],
    }


# An engine that goes away is first missed by a task, not by a heartbeat; a scenario may do so once.
UNWATCHED = {"heartbeat": {"interval_ms": 60_000, "stale_after_ms": 120_000}}
ENGINE_POOLS: dict[str, tuple[dict[str, EngineSetup], dict[str, Any]]] = {
    "plain": ({"": EngineSetup()}, {"timeouts": {"retries": 1}}),
    "single": ({"": EngineSetup(slots=1)}, {"queue": {"capacity": 2}, "max_tokens": 1024}),
    "roomy": ({"": EngineSetup(slots=1)}, {"max_tokens": 2048}),
    "pair": ({"-a": EngineSetup(slots=1), "-b": EngineSetup(slots=1)}, {}),
    "torn": ({"-a": EngineSetup(slots=1), "-b": EngineSetup(slots=1)}, {}),
    "hasty": ({"": EngineSetup()}, {"watchdog": {"first_token_ms": 150}}),
    "restless": ({"": EngineSetup()}, {"watchdog": {"idle_ms": 150}}),
    "brief": ({"": EngineSetup()}, {"watchdog": {"wall_ms": 250}}),
    "loading": ({"": EngineSetup()}, {"heartbeat": {"interval_ms": 40, "stale_after_ms": 400}}),
    "lost": ({"": EngineSetup()}, UNWATCHED),
    "deaf": ({"": EngineSetup()}, {"timeouts": {"connect_ms": 150, "retries": 1}, **UNWATCHED}),
    "sampled": ({"": EngineSetup()}, {"sampler_profile_version": "sharp"}),
    "versioned": ({"": EngineSetup(slots=3, ctx=1536, version="b7777-abcdef0")}, {}),
    "nameless": ({"": EngineSetup(version="")}, {}),
    "slow": ({"": EngineSetup(ms_per_token=50.0)}, {}),
    "leaving": ({"": EngineSetup()}, {"cancel_on_disconnect": True}),
}
SHARP = {"version": "sharp", "temperature": 0.25, "top_p": 0.5, "top_k": 7, "min_p": 0.125, "stop": ["STOP"]}


def _engines(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    pools = []
    for name, (workers, more) in ENGINE_POOLS.items():
        entries = [{"id": f"{name}-{n}", "url": engines[name + w]} for n, w in enumerate(workers)]
        pools.append({"id": name, "engine": "llamacpp", "model": name, "workers": entries, **more})
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "sampler_profiles": [SHARP],
        "pools": pools,
    }


def _real(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "pools": [pool("real", engines[REAL], model="real")],
    }


SERVERS: dict[str, ServerSetup] = {
    "engines": ServerSetup(
        "a pool for each thing that an engine, or its pool's limits, can do to a task",
        _engines,
        {name + w: setup for name, (workers, _) in ENGINE_POOLS.items() for w, setup in workers.items()},
        pools=tuple(ENGINE_POOLS),
        pace_ms=100,
    ),
    "real": ServerSetup(
        "one pool with a real llama.cpp engine of one slot",
        _real,
        real_engine=True,
        pools=("real",),
        pace_ms=600,
    ),
    "queues": ServerSetup(
        "six pools of one slot and one model each, whose queues differ",
        _queues,
        {
            name: EngineSetup(slots=1, model=name)
            for name in ("single", "small", "evicting", "ageing", "patient", "draining")
        },
        pools=("single", "small", "evicting", "ageing", "patient", "draining"),
        pace_ms=40,
    ),
    "scheduled": ServerSetup(
        "tenants with weights, quotas and rates, and a pool for each thing that is decided about their tasks",
        scheduled.configuration,
        scheduled.ENGINES,
        more_keys=tuple(scheduled.KEYS),
        pools=tuple(scheduled.POOLS),
        pace_ms=150,
    ),
    "tight": ServerSetup(
        "one pool, and small limits on bodies, headers, streams and what is kept of them",
        _tight,
        {"main": EngineSetup(slots=1)},
        pace_ms=200,
    ),
    "standard": ServerSetup(
        "one pool, default, with a scripted llama.cpp engine of two slots and a queue of 64",
        _standard,
        {"main": EngineSetup()},
        attachable=True,
    ),
}
CLAIMS_SERVER = "standard"
OWN_PACE_MS = 800


def pace_ms(name: str) -> float:
    """Give about how long a scenario on that server takes; one that starts its own is the slowest."""
    return SERVERS[name].pace_ms if name in SERVERS else OWN_PACE_MS


@dataclass
class SharedServer:
    """A server that runs: the kit's handle on it, the keys it knows, and the engines behind it by name.

    Where its operator configured it, `suits` are the fields that a task needs to be one for it, and `pool`
    is the pool that such tasks go to, None where several may take them.
    """

    running: Server
    keys: Keys
    engines: Mapping[str, ScriptedEngine]
    real: RealEngine | None = None
    ready: bool = False
    suits: Mapping[str, str] = field(default_factory=dict)
    pool: str | None = "default"

    @property
    def real_engine(self) -> RealEngine:
        """The real engine behind it. Raises NotTestable where there is none."""
        if self.real is None:
            raise NotTestable("no real engine stands behind this server")
        return self.real

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
            if self.real is not None:
                self.real.stop()


class Servers:
    """Starts servers when they are asked for, and remembers those that could not be started.

    `folder` is where the model of the real engine goes.
    """

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._running: dict[str, SharedServer] = {}
        self._refused: dict[str, str] = {}
        self._starts: dict[str, int] = {}

    def get(self, name: str) -> SharedServer:
        """Give the server of that name. Raises NotTestable when this target cannot be brought to it."""
        if name in self._refused:
            raise NotTestable(self._refused[name])
        try:
            server = self.up(name)
            if not server.ready:
                server.running.wait_ready(SERVERS[name].pools)
                if isinstance(self._target, AttachedTarget):
                    _learn(server)
                server.ready = True
        except KitError as error:
            self.stop(name)
            self._refused[name] = f'there is no server "{name}": {error}'
            raise NotTestable(self._refused[name]) from error
        return server

    def up(self, name: str) -> SharedServer:
        """Give the server of that name as soon as it answers, ready or not; raises KitError."""
        if name in self._running and not self._running[name].alive:
            self.stop(name)
        if name not in self._running:
            self._running[name] = self._start(name)
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
        keys = {key: secrets.token_urlsafe(24) for key in (*SCOPES, *setup.more_keys)}
        with ExitStack() as undo:
            engines: dict[str, ScriptedEngine] = {}
            for key, engine in setup.engines.items():
                engines[key] = _engine(engine).start()
                undo.callback(engines[key].stop)
            urls = {key: engine.url for key, engine in engines.items()}
            real = RealEngine(self._folder, slots=1).start() if setup.real_engine else None
            if real is not None:
                undo.callback(real.stop)
                urls[REAL] = real.url
            running = self._target.launch(setup.config(urls, keys), name, env=setup.env)
            undo.pop_all()
        return SharedServer(running, keys, engines, real)


def _attached(target: AttachedTarget, setup: ServerSetup, name: str) -> SharedServer:
    if not setup.attachable:
        raise NotTestable(f"an attached server cannot be brought to this: {setup.says}")
    keys = {"data": target.api_key, "control": target.control_key or target.api_key}
    engines: dict[str, ScriptedEngine] = {}
    if target.engine_listen is not None:
        host, port = target.engine_listen
        engines = {name: _engine(engine, host, port).start() for name, engine in setup.engines.items()}
    return SharedServer(target.attach(name), keys, engines)


def _learn(server: SharedServer) -> None:
    """Ask a server that is ready, whose engines are known therefore, for what its tasks need."""
    server.suits = fitting.read(server.running.client(server.keys["control"]))
    pools = server.running.ready_pools()
    server.pool = pools.pop() if len(pools) == 1 else None


def _engine(setup: EngineSetup, host: str = "127.0.0.1", port: int = 0) -> ScriptedEngine:
    return ScriptedEngine(
        slots=setup.slots,
        ms_per_token=setup.ms_per_token,
        ctx=setup.ctx,
        model=setup.model,
        version=setup.version,
        format=setup.format,
        host=host,
        port=port,
    )
