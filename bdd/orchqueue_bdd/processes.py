"""A server of a scenario's own: its configuration, the engine behind it, and its start.

The configuration is right but for what a line changes. What is demanded of it is in `configurations` and
`stopping`.
"""

import copy
import hashlib
from dataclasses import dataclass, field
from typing import Any

from orchqueue.kit import Client, EventStream, Gate, NotTestable, RunningServer, ScriptedEngine, TargetError
from orchqueue.verify.leaks import planted
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.setups import SECRET
from orchqueue_bdd.world import World


@dataclass
class Own:
    """What a scenario has prepared and started by itself.

    `executed` says that its process is to begin as an operator's does.
    """

    config: dict[str, Any]
    engine: ScriptedEngine
    key: str
    gate: Gate = field(default_factory=Gate)
    changed: list[str] = field(default_factory=list)
    running: RunningServer | None = None
    failure: str = ""
    streams: dict[str, EventStream] = field(default_factory=dict)
    told_ms: float = 0.0
    unread: str = ""
    env: dict[str, str] = field(default_factory=dict)
    executed: bool = False


def prepare(world: World, **server: Any) -> Own:
    """Make a right configuration with one pool and one key, and the engine behind it."""
    engine = ScriptedEngine(slots=1).start()
    world.at_end(engine.stop)
    key = planted()
    digest = hashlib.sha256(key.encode()).hexdigest()
    worker = {"id": "own-0", "url": engine.url, "api_key": SECRET}
    config = {
        "server": server,
        "keys": [{"id": "data", "sha256": digest, "scopes": ["data", "control"]}],
        # What an engine holds for a scenario is not to be taken for one that hangs.
        "pools": [{"id": "own", "engine": "llamacpp", "watchdog": {"idle_ms": 60_000}, "workers": [worker]}],
    }
    own = Own(config, engine, key)
    world.at_end(own.gate.release)
    world.memory["own"] = own
    return own


def own_of(world: World) -> Own:
    """Give what the scenario has prepared. Raises ScenarioFault when it has not."""
    if "own" not in world.memory:
        raise ScenarioFault("the scenario has not prepared a server of its own")
    own: Own = world.memory["own"]
    return own


def start(world: World) -> None:
    """Start a server with what was prepared, and remember whether it came up or why it did not."""
    own = own_of(world)
    try:
        running = world.launch(copy.deepcopy(own.config), own.env, executed=own.executed)
    except TargetError as error:
        own.failure = str(error)
        return
    assert isinstance(running, RunningServer)
    own.running = running


def running_of(own: Own) -> RunningServer:
    """Give the process of the server. Raises NotTestable when it did not start."""
    if own.running is None:
        raise NotTestable(f"the server did not start: {own.failure}")
    return own.running


def client_of(world: World) -> Client:
    """Give a client with the key of the server; all exchanges are on record."""
    own = own_of(world)
    return Client(running_of(own).url, own.key, on_exchange=world.note)
