"""The servers that scenarios share: named configurations, each started once when first asked for.

A new configuration is a `ServerSetup` in `SERVERS`, written in the contract's own schema; a scenario asks for
it by `Given the server "name"`. What starts processes is the kit's target; what a scenario does with a server
is in `world`.
"""

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from orchqueue.kit import AttachedTarget, KitError, ManagedEngine, NotTestable, ScriptedEngine, Target
from orchqueue.kit.devices import FakeNvml
from orchqueue.kit.realengine import RealEngine
from orchqueue.verify.leaks import planted
from orchqueue_bdd import (
    adapters,
    agreed,
    controlled,
    devised,
    everything,
    fitting,
    hired,
    keeping,
    pinned,
    publishing,
    replicas,
    scheduled,
    sessioned,
)
from orchqueue_bdd.setups import (
    SCOPES,
    EngineSetup,
    EngineUrls,
    Keys,
    ServerSetup,
    keys_section,
    pool,
    with_secret,
)
from orchqueue_bdd.shared import SharedServer

REAL = "real"  # the name of the real engine among the URLs that a configuration is made from
CONNECTIONS = 24  # so many the server "tight" takes
IDLE_MS = 400  # how long one of them may wait for its next request
AGE_MS = 150  # after how long a batch task of the pool "ageing" counts as interactive


def _standard(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "pools": [pool("default", engines["main"], queue={"capacity": 64})],
    }


def _explored(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "catalog": publishing.section(engines[publishing.FOLDER]),
        "pools": [pool("default", engines["main"], queue={"capacity": 64}, max_tokens=64)],
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
    limits = {
        "body_bytes": 4096,
        "header_bytes": 2048,
        "header_timeout_ms": 150,
        "body_timeout_ms": 300,
        "streams_per_key": 2,
        "connections": CONNECTIONS,
        "idle_timeout_ms": IDLE_MS,
        "stall_timeout_ms": 300,
    }
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "server": {"limits": limits},
        "streams": {"retain_ms": 300, "keepalive_ms": 50, "max_bytes": 1024},
        "pools": [pool("default", engines["main"])],
    }


UNREAD_BYTES = 73_728  # what a reader may leave unread in the server "slow"
KEPT_BYTES = 131_072  # what that one keeps of a task


def _slow(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "server": {"limits": {"unread_bytes": UNREAD_BYTES}},
        "streams": {"max_bytes": KEPT_BYTES, "total_bytes": 8 * KEPT_BYTES},
        "pools": [pool("default", engines["main"])],
    }


ROOM_BYTES = 100_000  # what the server "engines" keeps of all tasks that have ended
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
    "loading": ({"": EngineSetup()}, {"heartbeat": {"interval_ms": 100, "stale_after_ms": 500}}),
    "lost": ({"": EngineSetup()}, UNWATCHED),
    "sent-on": ({"": EngineSetup()}, UNWATCHED),
    "deaf": ({"": EngineSetup()}, {"timeouts": {"connect_ms": 300, "retries": 1}, **UNWATCHED}),
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
        "streams": {"max_bytes": ROOM_BYTES, "total_bytes": ROOM_BYTES},
        "pools": pools,
    }


def _real(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    return {
        "keys": keys_section(keys),
        "tenants": [{"id": "stranger"}],
        "pools": [pool("real", engines[REAL], model="real")],
    }


# One for each process that explores: a scenario has its server to itself, and they take long.
EXPLORED = ServerSetup(
    "one pool, default, with a scripted llama.cpp engine whose tasks are short",
    _explored,
    {"main": EngineSetup(slots=4, ms_per_token=1.0)},
    attachable=True,
    turns_on=frozenset({"catalog"}),
    pace_ms=2000,
)
SERVERS: dict[str, ServerSetup] = {
    "engines": ServerSetup(
        "a pool for each thing that an engine, or its pool's limits, can do to a task",
        _engines,
        {name + w: setup for name, (workers, _) in ENGINE_POOLS.items() for w, setup in workers.items()},
        pools=tuple(ENGINE_POOLS),
        pace_ms=80,
    ),
    "real": ServerSetup(
        "one pool with a real llama.cpp engine of one slot",
        _real,
        real_engine=True,
        pools=("real",),
        pace_ms=300,
    ),
    "queues": ServerSetup(
        "six pools of one slot and one model each, whose queues differ",
        _queues,
        {
            name: EngineSetup(slots=1, model=name)
            for name in ("single", "small", "evicting", "ageing", "patient", "draining")
        },
        pools=("single", "small", "evicting", "ageing", "patient", "draining"),
        pace_ms=180,
    ),
    "scheduled": ServerSetup(
        "tenants with weights, quotas and rates, and a pool for each thing that is decided about their tasks",
        scheduled.configuration,
        scheduled.ENGINES,
        more_keys=tuple(scheduled.KEYS),
        pools=tuple(scheduled.POOLS),
        pace_ms=350,
    ),
    "control": ServerSetup(
        "a pool for each thing that an operator does to one",
        controlled.configuration,
        controlled.ENGINES,
        pools=tuple(controlled.POOLS),
        lasting=True,
        pace_ms=150,
    ),
    "replicas": ServerSetup(
        "pools of one or several workers, and one for each thing that decides which of them serves",
        replicas.configuration,
        replicas.ENGINES,
        pools=tuple(replicas.POOLS),
        pace_ms=500,
    ),
    "determinism": ServerSetup(
        "for each engine that the server drives two equal replicas, and replicas that differ",
        pinned.configuration,
        pinned.ENGINES,
        pools=pinned.POOLS,
        claims=pinned.CLAIMS,
        pace_ms=1_800,
    ),
    "workers": ServerSetup(
        "a pool for each way in which an engine that the server runs itself can fare",
        hired.configuration,
        managed=hired.SCRIPTS,
        pools=(),
        pace_ms=1_000,
    ),
    "devices": ServerSetup(
        "a machine with GPUs, and a pool for each thing that they decide",
        devised.configuration,
        devised.ENGINES,
        managed=devised.SCRIPTS,
        gpus=devised.GPUS,
        pools=tuple(devised.REACHED),
        pace_ms=1_000,
    ),
    "keeping": ServerSetup(
        "little room for artifacts and a moment for traces, and a pool that takes completions alone",
        keeping.configuration,
        keeping.ENGINES,
        more_keys=(keeping.HOARDER,),
        pools=tuple(keeping.ENGINES),
        pace_ms=150,
    ),
    "sessions": ServerSetup(
        "sessions with small budgets, and a pool for each thing that decides where their tasks run",
        sessioned.budgeted,
        sessioned.ENGINES,
        pools=tuple(sessioned.POOLS),
        pace_ms=150,
    ),
    "fleeting": ServerSetup(
        "sessions that end soon when nobody uses them, with a bound of their cost alone",
        sessioned.fleeting,
        sessioned.FLEETING_ENGINES,
        pools=("brief",),
        pace_ms=350,
    ),
    "adapters": ServerSetup(
        "for each engine that the server drives a plain pool, one with short patience, one with one slot",
        adapters.configuration,
        adapters.SETUPS,
        env=adapters.ENVIRONMENT,
        pools=tuple(adapters.SETUPS),
        claims=adapters.CLAIMS,
        pace_ms=90,
    ),
    "tight": ServerSetup(
        "one pool, and small limits on bodies, headers, streams and what is kept of them",
        _tight,
        {"main": EngineSetup(slots=1)},
        pace_ms=150,
    ),
    "slow": ServerSetup(
        "one pool, and little room for what a reader leaves unread and for what is kept of a task",
        _slow,
        {"main": EngineSetup()},
        pace_ms=600,
    ),
    "explored": EXPLORED,
    "explored-also": EXPLORED,
    "full": ServerSetup(
        "one pool, default, with everything turned on that a configuration can turn on",
        everything.configuration,
        everything.ENGINES,
        more_keys=(everything.HURRIED,),
        turns_on=everything.TURNS_ON,
        pace_ms=80,
    ),
    "agreed": ServerSetup(
        "a pool for each state that a client's pact begins with",
        agreed.configuration,
        agreed.ENGINES,
        managed=agreed.SCRIPTS,
        pools=("ready", "dropping", "rejecting", "loading", "silent", "broken"),
        pace_ms=100,
    ),
    "standard": ServerSetup(
        "one pool, default, with a scripted llama.cpp engine of two slots and a queue of 64",
        _standard,
        {"main": EngineSetup()},
        attachable=True,
    ),
}
# What is claimed is what holds when everything is on; a server that does not start so is asked as it does.
CLAIMS_SERVERS = ("full", "standard")
# What some configuration has to turn on.
OPTIONAL = frozenset[str]().union(*(setup.turns_on for setup in SERVERS.values()))
OWN_PACE_MS = 500


def pace_ms(name: str) -> float:
    """Give about how long a scenario on that server takes; one that starts its own is the slowest."""
    return SERVERS[name].pace_ms if name in SERVERS else OWN_PACE_MS


class Servers:
    """Starts servers when they are asked for, and remembers those that could not be started.

    `folder` is where the model of the real engine goes, and the files of managed ones; `claimed` are the
    profiles that the target claims.
    """

    def __init__(self, target: Target, folder: Path, claimed: Collection[str] = ()) -> None:
        self._target = target
        self._folder = folder
        self._claimed = claimed
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
                server.running.wait_ready(SERVERS[name].fitting(self._claimed).pools)
                if isinstance(self._target, AttachedTarget):
                    _learn(server)
                server.ready = True
        except KitError as error:
            self.stop(name)
            self._refused[name] = f'there is no server "{name}": {error}'
            raise NotTestable(self._refused[name]) from error
        return server

    def forgive(self) -> None:
        """Let those that could not be started be tried again."""
        self._refused.clear()

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
        setup = SERVERS[name].fitting(self._claimed)
        self._starts[name] = self._starts.get(name, 0) + 1
        unique = name if self._starts[name] == 1 else f"{name}-{self._starts[name]}"
        if isinstance(self._target, AttachedTarget):
            return _attached(self._target, setup, unique)
        return self._launched(setup, unique)

    def _launched(self, setup: ServerSetup, name: str) -> SharedServer:
        keys = {key: planted() for key in (*SCOPES, *setup.more_keys)}
        with ExitStack() as undo:
            engines: dict[str, ScriptedEngine] = {}
            for key, engine in setup.engines.items():
                engines[key] = _engine(engine).start()
                undo.callback(engines[key].stop)
            urls = {key: engine.url for key, engine in engines.items()}
            managed = {
                key: ManagedEngine(self._folder / name, key, script) for key, script in setup.managed.items()
            }
            urls |= {key: str(engine.path) for key, engine in managed.items()}
            folder = self._folder / name
            urls[publishing.FOLDER] = str(folder)
            real = RealEngine(self._folder, slots=1).start() if setup.real_engine else None
            if real is not None:
                undo.callback(real.stop)
                urls[REAL] = real.url
            config = setup.config(urls, keys)
            nvml = FakeNvml(self._folder / name / "nvml", list(setup.gpus)) if setup.gpus else None
            env = {**setup.env, **(nvml.environment if nvml else {})}
            running = self._target.launch(config, name, env=with_secret(env))
            undo.pop_all()
        drives = _drives(config)
        return SharedServer(
            running,
            keys,
            engines,
            real,
            managed=managed,
            nvml=nvml,
            drives=drives,
            off=OPTIONAL - setup.turns_on,
            folder=folder,
        )


def _drives(config: Mapping[str, Any]) -> dict[str, str]:
    return {entry["model"]: entry["engine"] for entry in config["pools"] if "model" in entry}


def _attached(target: AttachedTarget, setup: ServerSetup, name: str) -> SharedServer:
    if not setup.attachable:
        raise NotTestable(f"an attached server cannot be brought to this: {setup.says}")
    keys = {"data": target.api_key, "control": target.control_key or target.api_key}
    if target.api_key != keys["control"]:
        keys["data-only"] = target.api_key
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
        format=setup.format,
        slots=setup.slots,
        ms_per_token=setup.ms_per_token,
        ctx=setup.ctx,
        model=setup.model,
        version=setup.version,
        by_priority=setup.by_priority,
        sensitive=setup.sensitive,
        takes=setup.takes,
        tells=setup.tells,
        host=host,
        port=port,
    )
