"""Servers whose store of artifacts is looked at: how much fits into it, and what is there after a restart."""

import shutil
import tempfile

from orchqueue.kit import NotTestable
from orchqueue_bdd import artifacts, processes
from orchqueue_bdd.keeping import ROOM_BYTES
from orchqueue_bdd.processes import client_of, own_of, running_of
from orchqueue_bdd.world import World

FILLING = 1000  # bytes of each artifact that fills the room
EXIT_S = 10.0


def fill(world: World, key: str) -> None:
    """Store artifacts until one is refused, which has to come; that is the scenario's answer."""
    for number in range(ROOM_BYTES // FILLING + 1):
        one = artifacts.store(world, f"filling {number}", _content(number), key)
        if one.answer.status != 201:
            return
    raise AssertionError(f"more than {ROOM_BYTES} bytes were stored, and none was refused")


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
    folder = tempfile.mkdtemp(prefix="artifacts-")
    world.at_end(lambda: shutil.rmtree(folder))
    own.config["artifacts"] = {"store": "filesystem", "root": folder}
    _start(world)


def store(world: World, name: str, content: str) -> None:
    """Store an artifact there. Raises NotTestable when it is refused."""
    one = artifacts.send(world, client_of(world), name, content, tags=[name])
    if one.answer.status != 201:
        raise NotTestable(f"it was answered {one.answer.status} {one.answer.text[:300]}")


def restart(world: World) -> None:
    """Kill the server and start another in its place. Raises NotTestable."""
    running = running_of(own_of(world))
    running.kill()
    if running.wait_exit(EXIT_S) is None:
        raise NotTestable("the server was killed and still runs")
    _start(world)


def is_still_there(world: World, name: str) -> None:
    """Demand that an artifact is read as it was stored, and known when it is stored again."""
    first = artifacts.named(world, name)
    answer = client_of(world).get(f"{artifacts.ARTIFACTS}/{first.id}")
    assert answer.status == 200, f"it is answered {answer.status}"
    read = artifacts.told(answer)
    due = {**first.told, "content": {"kept": True}}
    assert read == due, f"it is read as {read}, not {due}"


def _start(world: World) -> None:
    processes.start(world)
    own = own_of(world)
    if own.running is None or not own.running.alive:
        raise NotTestable(f"no server with a right configuration: {own.failure}")


def _content(number: int) -> str:
    return f'{{"number": {number}, "filling": "{"x" * FILLING}"}}'
