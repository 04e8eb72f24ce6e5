"""What the lines about configurations demand: that a server refuses a wrong one and says why."""

import copy
import json
import re
import socket
from typing import Any
from urllib.parse import urlsplit

from orchqueue.kit import Client, NotTestable, free_port
from orchqueue.kit.patience import PATIENCE_S
from orchqueue_bdd import capabilities
from orchqueue_bdd.processes import Own, own_of, prepare, running_of
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.world import World

ADAPTERS = ("vllm", "tgi", "triton")

_EXIT = re.compile(r"exit code (-?\d+)")


def prepare_but_for(world: World, table: Table | None) -> None:
    """Make a configuration that is right but for the values at these paths."""
    assert table is not None, "a table of path and value stands below this line"
    own = prepare(world)
    for row in table:
        set_at(own.config, row["path"], json.loads(row["value"]))
        own.changed.append(row["path"])


def double_pool(world: World) -> None:
    """Add a pool that is like the first one in all but its name."""
    pools = own_of(world).config["pools"]
    pools.append({**copy.deepcopy(pools[0]), "id": "other"})


def prepare_unfit_adapter(world: World) -> None:
    """Make a configuration whose first pool names an adapter that cannot serve it: one that the server does
    not claim, or, where it claims them all, the mock engine beside workers, which it never has.
    """
    claimed = capabilities.profiles(world)
    lacking = [name for name in ADAPTERS if f"adapter-{name}" not in claimed]
    own = prepare(world)
    own.config["pools"][0] |= {"engine": lacking[0]} if lacking else {"adapter": "mock"}


def prepare_untold(world: World, adapter: str, fields: str) -> None:
    """Make a configuration whose first pool has an adapter whose engine never tells these fields, and lacks
    them. Raises NotTestable when the server does not claim the adapter.
    """
    if f"adapter-{adapter}" not in capabilities.profiles(world):
        raise NotTestable(f"the server does not claim the adapter {adapter}")
    own = prepare(world)
    lacking = fields.split(" and ")
    engine = adapter if adapter in ADAPTERS else ADAPTERS[0]
    told = {name: 64 for name in ("slots", "ctx") if name not in lacking}
    own.config["pools"][0] |= {"engine": engine, "adapter": adapter, "model": "own", **told}
    own.changed += [f"pools.0.{name}" for name in lacking]


def prepare_without_host(world: World) -> None:
    """Make a configuration that leaves to the server where it listens."""
    prepare(world).executed = True  # what it does by default may rest on how its process begins


def prepare_taken_port(world: World) -> None:
    """Make a configuration whose port another socket has until the scenario ends."""
    own = prepare(world)
    own.executed = True  # what an operator's process manager sees of its end
    taken = socket.socket()
    world.at_end(taken.close)
    # Bound and not listening: whoever looks whether the server answers here is refused at once.
    taken.bind(("127.0.0.1", free_port()))
    set_at(own.config, "server.host", "127.0.0.1")
    set_at(own.config, "server.port", taken.getsockname()[1])


def set_at(config: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path such as `pools.0.queue.capacity`, making what is missing on the way to it."""
    *way, last = path.split(".")
    at: Any = config
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    at[last] = value


def does_not_start(world: World) -> None:
    """Demand that the server has ended by itself, with an exit code that says so."""
    own = own_of(world)
    if own.running is not None:
        # Whoever answered need not have been it: its port may have gone to another meanwhile.
        ended = own.running.wait_exit(PATIENCE_S)
        assert ended is not None, "the server has started and answers"
        own.failure = f"the server ended with exit code {ended}:\n{own.running.stderr_tail()}"
    code = _EXIT.search(own.failure)
    assert code is not None, f"the server neither started nor ended: {own.failure}"
    assert int(code[1]) > 0, f"the server ended with exit code {code[1]}: {own.failure}"


def names_paths(world: World) -> None:
    """Demand that what the server said names each path that was changed."""
    own = own_of(world)
    missing = [path for path in own.changed if not names(own.failure, path)]
    assert not missing, f"nothing is said of {', '.join(missing)}: {own.failure}"


def names_path(world: World, path: str) -> None:
    """Demand that what the server said names a path."""
    own = own_of(world)
    assert names(own.failure, path), f"nothing is said of {path}: {own.failure}"


def repeats_nothing(world: World, text: str) -> None:
    """Demand that a text does not stand in what the server said of its configuration."""
    said = own_of(world).failure
    # The message ends up in reports, but what was planted is no secret of anybody's.
    assert text not in said, f"what stands in the file is repeated: {said}"


def names_port(world: World) -> None:
    """Demand that what the server said names the port that it was to listen on."""
    own = own_of(world)
    port = own.config["server"]["port"]
    assert str(port) in own.failure.partition("\n")[2], f"nothing is said of port {port}: {own.failure}"


def asked_nothing(world: World) -> None:
    """Demand that the engine was never asked anything."""
    asked = [f"{seen.method} {seen.path}" for seen in own_of(world).engine.requests]
    assert not asked, f"the engine was asked for {', '.join(asked)}"


def answers_on(world: World, host: str) -> None:
    """Demand that the server answers on an address."""
    own = own_of(world)
    assert own.running is not None, f"the server did not start: {own.failure}"
    answer = Client(f"http://{host}:{_port(own)}").get("/metrics")
    assert answer.status, f"nothing answers on {host}"


def tells_metrics(world: World) -> None:
    """Demand the metrics of the server from whoever asks."""
    answer = Client(running_of(own_of(world)).url, on_exchange=world.note).get("/metrics")
    assert answer.status == 200, f"without a key GET /metrics was answered {answer.status}"


def not_reached_on(world: World, host: str) -> None:
    """Demand that the server takes no connection on an address."""
    own = own_of(world)
    try:
        socket.create_connection((host, _port(own)), timeout=1.0).close()
    except OSError:
        return
    raise AssertionError(f"the server takes connections on {host}")


def names(text: str, path: str) -> bool:
    """Say whether a text names a path, in whatever notation: `pools[0].queue: 'x'` or `/pools/0/queue/x`."""
    *way, last = path.split(".")
    parent = r"[^A-Za-z0-9_\n]+".join(re.escape(step) for step in way)
    between = r"\b[^\n]*" if way else ""
    return re.search(rf"\b{parent}{between}\b{re.escape(last)}\b", text) is not None


def _port(own: Own) -> int:
    return urlsplit(running_of(own).url).port or 80
