"""Engines that the server runs itself: what happens to their processes, and what is demanded of them.

When they are started is in `restarts`.
"""

import hashlib
import os
import signal
from typing import Any

from orchqueue.kit.patience import START_S
from orchqueue_bdd import capabilities, control, tasks
from orchqueue_bdd.restarts import starts
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World


def is_at(world: World, task: str, name: str) -> None:
    """Wait until an engine has a task. Raises NotTestable when it does not get it."""
    own, prompt = world.managed(name), tasks.named(world, task).prompt
    own.require(lambda: bool(own.asked(prompt)), f'the task "{task}" was to reach it', START_S)


def came_to(world: World, task: str, name: str, count: int) -> None:
    """Demand how often a task has come to an engine."""
    seen = len(world.managed(name).asked(tasks.named(world, task).prompt))
    assert seen == count, f'the task "{task}" came to the engine "{name}" {seen} times, not {count}'


def send_signal(world: World, name: str, word: str) -> None:
    """Send a signal to the process of an engine, such as `KILL`."""
    world.managed(name).send_signal(signal.Signals[f"SIG{word}"])


def freeze(world: World, name: str) -> None:
    """Have an engine do nothing at all, until it is woken or the scenario ends."""
    own = world.managed(name)
    pid = own.pid
    own.send_signal(signal.SIGSTOP)
    world.at_end(lambda: _wake(pid))


def goes_on(world: World, name: str) -> None:
    """Open the gate of an engine."""
    world.managed(name).go_on()


def has_own_group(world: World, name: str) -> None:
    """Demand that an engine runs in another process group than the server."""
    server = os.getpgid(world.server.launched.pid)
    own = os.getpgid(world.managed(name).pid)
    assert own != server, f'the engine "{name}" is in the process group {server} of the server'


def is_asked_to_end(world: World, name: str) -> None:
    """Demand that an engine gets SIGTERM, and ends by it."""
    own = world.managed(name)
    own.wait_for(lambda: bool(own.of("end")), START_S)
    told = [entry["name"] for entry in own.of("signal")]
    assert told == ["SIGTERM"], f'the engine "{name}" has got the signals {told}'
    assert own.of("end"), f'the engine "{name}" has not ended'


def said_in_log(world: World, name: str, words: str) -> None:
    """Demand that a line of an engine stands in the server's log, with the engine's name and its pool's."""
    wanted = {"event": "worker.said", "pool_id": name, "replica_id": name}

    def found() -> list[dict[str, Any]]:
        lines = world.server.running.logs()
        return [line for line in lines if wanted.items() <= line.items() and words in str(line.values())]

    assert eventually(found, bool, START_S), f'no log line tells that the engine "{name}" said {words!r}'


def was_started_with(world: World, name: str, table: Table | None) -> None:
    """Demand variables of the environment that an engine was started with last."""
    assert table is not None, "a table of variable and value stands below this line"
    told = starts(world, name, 1)[-1]["environment"]
    wanted = {row["variable"]: row["value"] for row in table}
    seen = {variable: told.get(variable) for variable in wanted}
    assert seen == wanted, f'the engine "{name}" was started with {seen}, not with {wanted}'


def are_processes(world: World, names: list[str]) -> None:
    """Demand that each of these engines was started once, as a process of its own."""
    pids = {name: [entry["pid"] for entry in starts(world, name, 1)] for name in names}
    flat = [pid for one in pids.values() for pid in one]
    assert len(set(flat)) == len(flat) == len(names), f"the engines ran as {pids}"


def has_digest_of(world: World, model: str, name: str) -> None:
    """Demand that the entry of a model tells the digest of the file that an engine has for its model."""
    digest = hashlib.sha256(world.managed(name).path.read_bytes()).hexdigest()
    capabilities.entry_has(world, model, {"model_digest": f"sha256:{digest}"})


def take_away(world: World, name: str) -> None:
    """Take the file of an engine's model away, until the scenario ends."""
    world.managed(name).take_away()


def file_in_error(world: World, pool: str, name: str) -> None:
    """Demand that the last error of a pool comes to name the file of an engine's model."""
    path = str(world.managed(name).path)

    def told() -> str:
        return str(control.health(world, pool).get("last_error"))

    seen = eventually(told, lambda error: path in error, START_S)
    assert path in seen, f'the last_error of "{pool}" is {seen!r}, without the file {path}'


def begin_reload(world: World, pool: str, model: str) -> None:
    """Have a reload run whose new engine, named as the model, does not prove itself before it goes on.

    Raises NotTestable when it does not begin.
    """
    new = world.managed(model)
    control.ask_for_reload(world, pool, model)
    world.at_end(new.go_on)  # before the answer is waited for
    new.require(lambda: bool(new.of("request")), f'no reload of "{pool}" has begun', START_S)


def _wake(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return
