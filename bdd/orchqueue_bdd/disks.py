"""Disks without room, for the server of a scenario: what it writes to a file fails until there is room again.

Its limit on the size of files stands for a full disk (`ulimit -f`), since that is one that can be taken back.
"""

import os
import resource
from pathlib import Path

from orchqueue.kit import NotTestable
from orchqueue_bdd.processes import own_of, running_of
from orchqueue_bdd.world import World

LISTENS = "0A"


def fill(world: World) -> None:
    """Let the server write nothing more to files. Raises NotTestable where its process is not found."""
    _limit(world, full=True)


def make_room(world: World) -> None:
    """Let it write again."""
    _limit(world, full=False)


def _limit(world: World, *, full: bool) -> None:
    own = own_of(world)
    port, store = int(running_of(own).url.rpartition(":")[2]), str(own.config["catalog"]["store"])
    # Whoever listens may stand before whoever writes.
    sockets = _listening(port)
    found = [process for process in Path("/proc").glob("[0-9]*") if _holds(process, sockets, store)]
    if not found:
        raise NotTestable(f"no process of ours is known to listen on the port {port}")
    for process in found:
        _, hard = resource.prlimit(int(process.name), resource.RLIMIT_FSIZE)
        resource.prlimit(int(process.name), resource.RLIMIT_FSIZE, (0 if full else hard, hard))


def _listening(port: int) -> set[str]:
    """Name the sockets that listen on a port, as the descriptors of a process name them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if row[3] == LISTENS and row[1].endswith(f":{port:04X}")}


def _holds(process: Path, sockets: set[str], store: str) -> bool:
    """Whether a process has one of the sockets open, or a file in the store."""
    try:
        opened = [os.fspath(link.readlink()) for link in (process / "fd").iterdir()]
    except OSError:
        return False  # it has ended, or is somebody else's
    return any(name in sockets or name.startswith(f"{store}/") for name in opened)
