"""A server that is killed while it runs engines, and what is left of them."""

import signal
from pathlib import Path
from tempfile import TemporaryDirectory

from orchqueue.kit import ManagedEngine, NotTestable
from orchqueue.kit.patience import START_S
from orchqueue_bdd import processes
from orchqueue_bdd.setups import managed_pool
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

STUBBORN = {"process": {"forks": True, "ignores_sigterm": True}}
STOP_MS = 200


def start(world: World) -> None:
    """Start a server that runs an engine which leaves when it must, and has a child that hides.

    Raises NotTestable.
    """
    own = processes.prepare(world)
    folder = TemporaryDirectory(prefix="orchqueue-engine-")
    world.at_end(folder.cleanup)
    engine = ManagedEngine(Path(folder.name), "stubborn", STUBBORN)
    own.config["pools"] = [managed_pool("own", {"stubborn": str(engine.path)}, stop_ms=STOP_MS)]
    world.memory["stubborn"] = engine
    processes.start(world)
    processes.running_of(own).wait_ready(["own"], START_S)
    engine.require(lambda: bool(engine.of("fork")), "the engine was to have a child")


def kill_server(world: World) -> None:
    """Kill the server's process, and nothing else. Raises NotTestable when it lives on."""
    running = processes.running_of(processes.own_of(world))
    running.send_signal(signal.SIGKILL)
    if running.wait_exit(START_S) is None:
        raise NotTestable("the server was killed, and still runs")


def nothing_is_left(world: World) -> None:
    """Demand that neither the engine nor its child runs any more."""
    engine: ManagedEngine = world.memory["stubborn"]
    left = [engine.pid, engine.of("fork")[0]["child"]]
    running = eventually(lambda: [pid for pid in left if not _is_gone(pid)], lambda seen: not seen, START_S)
    assert not running, f"of the engine {left[0]} and its child {left[1]} there still runs {running}"


def _is_gone(pid: int) -> bool:
    """Say whether there is no such process, or none that still runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"
