"""A configuration that changes while a server runs: whom it lets in from then on, and what a bad one does."""

import copy
import json
import uuid
from collections.abc import Callable
from typing import Any

from orchqueue.kit import Client, NotTestable
from orchqueue.verify.leaks import planted
from orchqueue_bdd import processes
from orchqueue_bdd.processes import Own, own_of, running_of
from orchqueue_bdd.setups import PAST, key_entry
from orchqueue_bdd.tasks import TASKS
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

LET_IN, SHUT_OUT, TOO_FAST = 404, 403, 429
KEPT = "config.keys-kept"


def start(world: World, **server: Any) -> None:
    """Start a server with a right configuration. Raises NotTestable when it does not come up."""
    own = processes.prepare(world, **server)
    processes.start(world)
    if own.running is None:
        raise NotTestable(f"no server with a right configuration: {own.failure}")
    world.memory["keys"] = {"old": own.key}
    if _asks(world, "old") != LET_IN:
        raise NotTestable("the key of the configuration is not let in")


def renew(world: World, change: Callable[[dict[str, Any]], str]) -> None:
    """Have the server read a changed configuration."""
    running_of(own_of(world)).renew(change(_current(own_of(world))))


def with_key(world: World, name: str, **more: Any) -> Callable[[dict[str, Any]], str]:
    """Make a configuration whose only key is that one, made here when it is new."""
    keys: dict[str, str] = world.memory["keys"]
    entry = key_entry(name, keys.setdefault(name, planted()), "default", **more)
    return lambda config: json.dumps({**config, "keys": [entry]})


def expired(world: World, name: str) -> Callable[[dict[str, Any]], str]:
    """Make a configuration whose only key has expired."""
    return with_key(world, name, not_after=PAST)


def with_rate(rps: float) -> Callable[[dict[str, Any]], str]:
    """Make a configuration whose tenant may send no faster."""
    return lambda config: json.dumps({**config, "tenants": [{"id": "default", "rps": rps, "burst": 1}]})


BAD: dict[str, Callable[[dict[str, Any]], str]] = {
    "half a file": lambda config: json.dumps(config)[: len(json.dumps(config)) // 2],
    "one without any key": lambda config: json.dumps({**config, "keys": []}),
    "one with an unknown field": lambda config: json.dumps({**config, "kees": []}),
}


def renew_badly(world: World, how: str) -> None:
    """Have the server read a configuration that is bad, and wait until it has said so.

    Raises NotTestable for one that nobody has described.
    """
    if how not in BAD:
        raise NotTestable(f"nobody has said what is put in the place of a file by {how!r}")
    before = len(_refusals(world))
    renew(world, BAD[how])
    seen = eventually(lambda: len(_refusals(world)), lambda count: count > before)
    assert seen > before, f"no log line {KEPT} tells of {how}"


def is_let_in(world: World, name: str) -> None:
    """Demand that a key is taken, now or in a moment."""
    _comes_to(world, name, LET_IN)


def is_shut_out(world: World, name: str) -> None:
    """Demand that a key is not taken, now or in a moment."""
    _comes_to(world, name, SHUT_OUT)


def is_slowed(world: World, name: str) -> None:
    """Demand that requests with a key soon come too fast."""
    _comes_to(world, name, TOO_FAST)


def _comes_to(world: World, name: str, status: int) -> None:
    seen = eventually(lambda: _asks(world, name), lambda found: found == status)
    assert seen == status, f'with the key "{name}" the answer is {seen}, not {status}'


def _asks(world: World, name: str) -> int:
    """Ask for a task that there is not: 404 for whoever is let in."""
    client = Client(running_of(own_of(world)).url, world.memory["keys"][name], on_exchange=world.note)
    return client.get(f"{TASKS}/{uuid.uuid4()}/stream").status


def _current(own: Own) -> dict[str, Any]:
    return copy.deepcopy(running_of(own).config)


def _refusals(world: World) -> list[dict[str, Any]]:
    return [line for line in running_of(own_of(world)).logs() if line.get("event") == KEPT]
