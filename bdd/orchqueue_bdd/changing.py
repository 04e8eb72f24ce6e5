"""A configuration that changes under a server that has work: which changes there are, and what shows that
they were taken or not.
"""

import copy
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchqueue.kit import NotTestable, RunningServer, ScriptedEngine
from orchqueue.verify.leaks import planted
from orchqueue_bdd.processes import client_of, own_of, running_of
from orchqueue_bdd.setups import key_entry
from orchqueue_bdd.tasks import TASKS, completion
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

Change = Callable[[dict[str, Any]], dict[str, Any]]

GRACE_MS = 10_000
SECOND = "second"


def pid_path(world: World) -> str:
    """Give a place for the pid file of the scenario's server."""
    folder = tempfile.TemporaryDirectory()
    world.at_end(folder.cleanup)
    path = world.memory["pid_file"] = Path(folder.name) / "pid"
    return str(path)


def with_room(room: int) -> Change:
    """Make a configuration whose first pool lets so many tasks wait."""

    def change(config: dict[str, Any]) -> dict[str, Any]:
        first, *others = config["pools"]
        return {**config, "pools": [{**first, "queue": {"capacity": room}}, *others]}

    return change


def with_second_pool(world: World) -> Change:
    """Make a configuration that has a second pool, for a model of its own, on an engine of its own."""
    if "second" not in world.memory:
        engine = world.memory["second"] = ScriptedEngine().start()
        world.at_end(engine.stop)
    worker = {"id": "second-0", "url": world.memory["second"].url}
    pool = {"id": SECOND, "engine": "llamacpp", "model": SECOND, "workers": [worker]}
    return lambda config: {**config, "pools": [*config["pools"], pool]}


def alone(config: dict[str, Any]) -> dict[str, Any]:
    """Make a configuration that has the last of its pools alone."""
    return {**config, "pools": config["pools"][-1:]}


def with_key(world: World, name: str) -> Change:
    """Make a configuration that has that key, too, made here when it is new."""
    entry = key_entry(name, world.memory["keys"].setdefault(name, planted()), "default")
    return lambda config: {**config, "keys": [*config["keys"], entry]}


def with_other_port(config: dict[str, Any]) -> dict[str, Any]:
    """Make a configuration that listens elsewhere, which takes a start."""
    return {**config, "server": {**config["server"], "port": config["server"]["port"] ^ 1}}


def changed(world: World, *changes: Change) -> dict[str, Any]:
    """Give the configuration that the scenario's server was started with, but for these changes."""
    config = copy.deepcopy(server_of(world).config)
    for change in changes:
        config = change(config)
    return config


def renew(world: World, *changes: Change) -> None:
    """Have the server read a changed configuration."""
    server_of(world).renew(json.dumps(changed(world, *changes)))


def server_of(world: World) -> RunningServer:
    """Give the scenario's server. Raises NotTestable when it did not start."""
    return running_of(own_of(world))


def second_is_ready(world: World) -> None:
    """Demand that the second pool is ready, now or soon."""
    ready = eventually(server_of(world).ready_pools, lambda pools: SECOND in pools)
    assert SECOND in ready, f"the pools {sorted(ready)} are ready, and {SECOND} is not among them"


def has_no_second(world: World) -> None:
    """Demand that there is no second pool."""
    ready = server_of(world).ready_pools()
    assert SECOND not in ready, "the pool was taken from a configuration that cannot be taken whole"


def comes_to_refuse(world: World, status: int, code: str) -> None:
    """Demand that a task for any model but the second pool's is refused, now or soon."""
    answers = eventually(lambda: _submit(world), lambda answer: answer == (status, code))
    assert answers == (status, code), f"a new task is answered {answers}"


def pid_file_holds(world: World) -> None:
    """Demand that the pid file has the id of a process that runs, and that somebody holds its lock."""
    path = _pid_file(world)
    text = eventually(lambda: path.read_text() if path.exists() else "", bool)
    assert text.strip().isdigit(), f"the pid file holds {text!r}"
    os.kill(int(text), 0)
    with path.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    raise AssertionError("nobody holds the lock of the pid file")


def has_taken(world: World) -> None:
    """Demand that the state tells the digest of the file as it is, and that it is served whole."""
    digest = "sha256:" + hashlib.sha256(server_of(world).config_path.read_bytes()).hexdigest()
    state = eventually(lambda: _state(world), lambda told: told.get("digest") == digest)
    assert state.get("digest") == digest, f"the state tells of another file: {state}"
    assert (state.get("taken"), state.get("problems")) == (True, []), f"the state is {state}"


def state_names(world: World, path: str) -> None:
    """Demand that the state says that the file is not served whole because of a path."""
    state = eventually(lambda: _state(world), lambda told: told.get("taken") is False)
    assert state.get("taken") is False, f"the state says that it was taken: {state}"
    assert any(str(line).startswith(f"{path}: ") for line in state["problems"]), f"the state is {state}"


def line_names(world: World, event: str, path: str) -> None:
    """Demand a log line about the change with that path."""
    line = server_of(world).wait_for_log(lambda entry: entry.get("event") == event)
    assert path in line.get("paths", ()), f"the line is {line}"


def drain(world: World) -> None:
    """Drain the first pool. Raises NotTestable when that is refused."""
    answer = client_of(world).post("/v1/pools/own/drain", json={"deadline_ms": 60_000})
    if answer.status != 202:
        raise NotTestable(f"the drain was answered {answer.status} {answer.text[:200]}")


def _submit(world: World) -> tuple[int, str]:
    answer = client_of(world).post(TASKS, json=completion("new"))
    return answer.status, str(answer.json().get("code", ""))


def _pid_file(world: World) -> Path:
    path: Path = world.memory["pid_file"]
    return path


def _state(world: World) -> dict[str, Any]:
    path = _pid_file(world).with_name("pid.state")
    if not path.exists():
        return {}
    told: dict[str, Any] = json.loads(path.read_text())
    return told
