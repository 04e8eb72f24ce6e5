"""A log that nobody reads for a while: the server answers all the same, and in the end every line is there or
counted among those that found no room.
"""

import json
from typing import Any

from orchqueue.kit import Client, NotTestable, TransportError
from orchqueue.kit.patience import PATIENCE_S
from orchqueue_bdd import processes
from orchqueue_bdd.occasions import JSON
from orchqueue_bdd.processes import client_of, own_of, running_of
from orchqueue_bdd.tasks import TASKS
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

BUFFER_BYTES = 4096
REQUESTS = 700  # lines of a hundred bytes and more, each: more than a pipe and such a buffer hold
REFUSED = 400
DROPPED = "log.lines-dropped"
LATER = "after-it-all"


def start(world: World) -> None:
    """Start a server of which little of the log may wait. Raises NotTestable when it does not come up."""
    own = processes.prepare(world)
    own.config["log"] = {"buffer_bytes": BUFFER_BYTES}
    processes.start(world)
    if own.running is None:
        raise NotTestable(f"no server with a right configuration: {own.failure}")


def leave_unread(world: World) -> None:
    """Read nothing more of its standard output."""
    running_of(own_of(world)).process.stop_reading()


def send_many(world: World) -> None:
    """Send bad tasks, each under a correlation id of its own that makes its line a long one."""
    answered = 0
    world.memory["ids"] = ids = [f"{number:-<128}" for number in range(REQUESTS)]
    try:
        with Client(running_of(own_of(world)).url, own_of(world).key, timeout_s=PATIENCE_S) as client:
            for each in ids:
                answer = client.post(TASKS, body=b"{", headers={**JSON, "X-Correlation-Id": each})
                answered += answer.status == REFUSED
    except TransportError:
        # Whoever waits for his log to be read has stopped answering; how far he came says it all.
        world.memory["answered"] = answered
        return
    world.memory["answered"] = answered


def all_answered(world: World) -> None:
    """Demand that each of them was answered, and that the server still is there."""
    assert world.memory["answered"] == REQUESTS, (
        f"only {world.memory['answered']} of {REQUESTS} requests were answered while nobody read the log"
    )
    assert client_of(world).get("/metrics").status, "the server answers no more"


def read_again(world: World) -> None:
    """Read its standard output again."""
    running_of(own_of(world)).process.go_on_reading()


def all_there_or_counted(world: World) -> None:
    """Demand that lines were dropped, and that of all requests the line is there or counted."""
    seen, dropped = eventually(lambda: _tally(world), lambda tally: tally[1] > 0 and sum(tally) >= REQUESTS)
    if seen >= REQUESTS:
        raise NotTestable(f"the log had room for the lines of {seen} requests, so none had to be dropped")
    assert dropped > 0, f"{REQUESTS - seen} lines are missing, and no line {DROPPED} says so"
    assert seen + dropped >= REQUESTS, f"of {REQUESTS} lines {seen} are there, and {dropped} were counted"


def goes_on_writing(world: World) -> None:
    """Demand a line of what happens now."""
    client_of(world).post(TASKS, body=b"{", headers={**JSON, "X-Correlation-Id": LATER})
    found = eventually(lambda: [line for line in _lines(world) if line.get("correlation_id") == LATER], bool)
    assert found, "nothing more is logged"


def _tally(world: World) -> tuple[int, int]:
    """How many requests the log tells of, and how many lines it says were dropped."""
    ids = set(world.memory["ids"])
    lines = _lines(world)
    told = {line["correlation_id"] for line in lines if line.get("correlation_id") in ids}
    return len(told), sum(int(line.get("count", 0)) for line in lines if line.get("event") == DROPPED)


def _lines(world: World) -> list[dict[str, Any]]:
    found = []
    for text in running_of(own_of(world)).log_lines():
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        assert isinstance(line, dict), f"a line of the log is no JSON object: {text!r}"
        found.append(line)
    return found
