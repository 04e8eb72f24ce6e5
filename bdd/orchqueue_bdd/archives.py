"""Servers whose store of artifacts is looked at: how much fits into it, and what is there after a restart."""

import os
from pathlib import Path

from orchqueue.kit import Exchange, NotTestable
from orchqueue.kit.patience import PATIENCE_S
from orchqueue_bdd import artifacts, processes
from orchqueue_bdd.keeping import HOARDER, ROOM_BYTES
from orchqueue_bdd.processes import client_of, own_of, running_of
from orchqueue_bdd.world import World

FILLING = 1000  # bytes of each artifact that fills the room


def fill(world: World, key: str) -> None:
    """Store artifacts until one is refused, which has to come; that is the scenario's answer."""
    for number in range(ROOM_BYTES // FILLING + 1):
        one = artifacts.store(world, f"filling {number}", _content(number), key)
        if one.answer.status != 201:
            return
    raise AssertionError(f"more than {ROOM_BYTES} bytes were stored, and none was refused")


def store_too_large(world: World) -> None:
    """Send an artifact that is larger than all the room of its tenant; that is the scenario's answer."""
    artifacts.store(world, "too large", f'{{"filling": "{"x" * ROOM_BYTES}"}}', HOARDER)


def all_are_there(world: World, key: str) -> None:
    """Demand that whatever was stored is still read, and that there was room for something."""
    stored = [one for one in world.memory["artifacts"].values() if one.answer.status == 201]
    assert stored, "nothing was stored at all"
    for one in stored:
        status = artifacts.read_id(world, one.id, key).status
        assert status == 200, f'"{one.name}" was stored, and is answered {status}'


def start_in_files(world: World) -> None:
    """Start a server that keeps artifacts in files. Raises NotTestable when it does not come up."""
    own = processes.prepare(world)
    own.config["artifacts"] = {"store": "filesystem", "root": str(world.new_folder() / "root")}
    _start(world)


def store(world: World, name: str, content: str) -> None:
    """Store an artifact there. Raises NotTestable when it is refused."""
    one = artifacts.send(world, client_of(world), name, content, tags=[name])
    if one.answer.status != 201:
        raise NotTestable(f"it was answered {one.answer.status} {one.answer.text[:300]}")


def restart(world: World) -> None:
    """Kill the server and start another in its place. Raises NotTestable."""
    _kill(world)
    _start(world)


def send_without_folder(world: World, name: str) -> None:
    """Put a file in the place of the folder, and send an artifact; that is the scenario's answer."""
    root = _root(world)
    root.rename(root.with_name("away"))
    root.write_bytes(b"")
    _send(world, name)


def is_stored_once_back(world: World, name: str) -> None:
    """Put the folder back, and demand that the artifact is stored then, and read."""
    root = _root(world)
    root.unlink()
    root.with_name("away").rename(root)
    one = _send(world, name)
    assert one.answer.status == 201, f"it was answered {one.answer.status} {one.answer.text[:300]}"
    answer = read(world, name)
    assert answer.status == 200, f"it is answered {answer.status}"


def damage(world: World) -> None:
    """Kill the server, cut all that it has written in half, and start another in its place."""
    _kill(world)
    whole = [path for path in _root(world).rglob("*") if path.is_file() and path.stat().st_size]
    if not whole:
        raise NotTestable("the server has written no file")
    for path in whole:
        os.truncate(path, path.stat().st_size // 2)
    _start(world)


def read(world: World, name: str) -> Exchange:
    """Read an artifact there; that is the scenario's answer."""
    answer = client_of(world).get(f"{artifacts.ARTIFACTS}/{artifacts.named(world, name).id}")
    world.memory["answer"] = answer
    return answer


def is_still_there(world: World, name: str) -> None:
    """Demand that an artifact is read as it was stored, and known when it is stored again."""
    first = artifacts.named(world, name)
    answer = read(world, name)
    assert answer.status == 200, f"it is answered {answer.status}"
    told = artifacts.told(answer)
    due = {**first.told, "content": {"kept": True}}
    assert told == due, f"it is read as {told}, not {due}"


def _send(world: World, name: str) -> artifacts.Artifact:
    one = artifacts.send(world, client_of(world), name, '{"kept": true}')
    world.memory["answer"] = one.answer
    return one


def _root(world: World) -> Path:
    return Path(own_of(world).config["artifacts"]["root"])


def _kill(world: World) -> None:
    running = running_of(own_of(world))
    running.kill()
    if running.wait_exit(PATIENCE_S) is None:
        raise NotTestable("the server was killed and still runs")


def _start(world: World) -> None:
    processes.start(world)
    own = own_of(world)
    if own.running is None or not own.running.alive:
        raise NotTestable(f"no server with a right configuration: {own.failure}")


def _content(number: int) -> str:
    return f'{{"number": {number}, "filling": "{"x" * FILLING}"}}'
