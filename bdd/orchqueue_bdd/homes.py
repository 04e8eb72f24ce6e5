"""What lines about a session's replica demand: which one serves a task, and whether it was warm."""

from orchqueue.kit import NotTestable
from orchqueue_bdd import behaviours, budgets, capabilities, control, holding, sessioned, sessions, tasks
from orchqueue_bdd.reading import Event
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World


def occupy(world: World, name: str, other: str) -> None:
    """Have a task of the session stay where another one of it has run. Raises NotTestable."""
    replica = _replica(world, other)
    _all_free(world)
    behaviours.hold(world, world.engine(replica), 1)
    holding.admit(world, name)
    tasks.follow(world, name)
    if _replica(world, name) != replica:
        raise NotTestable(f'"{name}" does not run where "{other}" has run')


def keep_from(world: World, worker: str, name: str) -> None:
    """Occupy a replica by a task of another session, so that the next goes elsewhere. Raises NotTestable."""
    _all_free(world)
    behaviours.hold(world, world.engine(worker), 0)
    holding.admit(world, name, session_id=sessions.own_id(world, f"of {name}"))
    own = world.engine(worker)
    own.require(lambda: own.slots_busy == 1, f"the engine {worker} was to work on a task")


def ran_on(world: World, name: str, replica: str) -> None:
    """Demand the replica that a task ran on."""
    told = _replica(world, name)
    assert told == replica, f'"{name}" ran on {told!r}, not on {replica!r}'


def ran_elsewhere(world: World, name: str, other: str) -> None:
    """Demand that two tasks ran on different replicas."""
    one, two = _replica(world, name), _replica(world, other)
    assert one != two, f'"{name}" ran on {one!r}, as "{other}" did'


def was_warm(world: World, name: str, *, warm: bool) -> None:
    """Demand what the metrics events of a task say of its KV state."""
    told = _metrics(world, name).data.get("kv_warmth")
    assert told is warm, f"kv_warmth is {told!r}"


def nothing_moved(world: World, name: str) -> None:
    """Demand that a task says that no KV state was moved for it."""
    told = _metrics(world, name).data.get("kv_migrated")
    assert told is False, f"kv_migrated is {told!r}"


def moved_to(world: World, name: str, replica: str) -> None:
    """Demand that a task tells of the other replica that it runs on, and that no KV state went with it."""
    told = _metrics(world, name).data
    seen = {field: told.get(field) for field in ("replica_id", "kv_warmth", "kv_migrated")}
    wanted = {"replica_id": replica, "kv_warmth": False, "kv_migrated": False}
    assert seen == wanted, f'the metrics of "{name}" tell {seen}, not {wanted}'


def has_kv_of(world: World, session: str, name: str) -> None:
    """Demand the estimate of a session's KV memory, by the tokens of one task."""
    tokens = budgets.used_tokens(world, name)
    _has_kv_bytes(world, session, tokens * sessioned.KV_BYTES_PER_TOKEN)


def has_no_kv(world: World, session: str) -> None:
    """Demand that a session has no KV state."""
    _has_kv_bytes(world, session, 0)


def _has_kv_bytes(world: World, session: str, wanted: int) -> None:
    told = sessions.state(world, session)["kv_bytes"]
    assert told == wanted, f"kv_bytes is {told!r}, not {wanted}"


def _all_free(world: World) -> None:
    """Wait until the replicas of the pool are all ready and free, as a scenario before this one may not have
    left them: which of them is taken is known only then. Raises NotTestable when they do not come to be.
    """
    pool = holding.pool_id(world)
    slots = len(sessioned.WORKERS.get(pool, (pool,)))

    def told() -> tuple[int, int]:
        capabilities.read(world)
        ready = sum(capabilities.concurrencies(world, pool))
        return ready, control.health(world, pool)["metrics"]["slots_free"]

    seen = eventually(told, (slots, slots).__eq__)
    if seen != (slots, slots):
        raise NotTestable(
            f'of {slots} slots of the pool "{pool}" {seen[0]} are ready, and {seen[1]} are free'
        )


def _replica(world: World, name: str) -> str:
    return str(tasks.event(world, name, "started").data.get("replica_id"))


def _metrics(world: World, name: str) -> Event:
    return tasks.event(world, name, "metrics")
