"""The pool that a scenario works on: its slots held, its queue filled, and the order of what starts.

A queue can only be looked at while nothing leaves it, so the engine is told to generate nothing until the
scenario says so. That the engine really holds as many tasks as it has slots is waited for, and without it
nothing is judged.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from orchqueue.kit import EngineRequest, EngineScript, Gate, NotTestable, ScriptedEngine
from orchqueue_bdd import tasks
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.tasks import Task
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

HOLDER = "holder"


def choose(world: World, pool: str) -> None:
    """Have the tasks of the scenario go to a pool."""
    world.memory["pool"] = pool


def pool_id(world: World) -> str:
    """The pool that the scenario's tasks go to. Raises NotTestable where that is not known."""
    pool: str | None = world.memory.get("pool", world.server.pool)
    if pool is None:
        raise NotTestable("several pools are ready, and which of them takes the task is not known")
    return pool


def engine(world: World) -> ScriptedEngine:
    """The scripted engine of that pool. Raises NotTestable where it has none of ours."""
    return world.engine(world.memory.get("pool", "main"))


def meant(world: World, **fields: Any) -> dict[str, Any]:
    """Give the fields of a task that goes to that pool, and what else the scenario's tasks have."""
    pool, more = world.memory.get("pool"), world.memory.get("own fields")
    own = world.server.suits if pool is None else {"model_ref": pool}
    return {**own, **(more() if more else {}), **fields}


def submit(world: World, name: str, key: str = "data", **fields: Any) -> Task:
    """Submit a task to the pool, whatever comes of it; it is the scenario's answer."""
    task = tasks.submit(world, name, key, **meant(world, **fields))
    world.memory["answer"] = task.answer
    return task


def admit(world: World, name: str, key: str = "data", **fields: Any) -> Task:
    """Submit a task that the scenario needs. Raises NotTestable when the pool does not take it."""
    return tasks.admit(world, name, key, **meant(world, **fields))


def hold(world: World, after: int = 0) -> Gate:
    """Have the pool's engine stop after so many tokens of each task, until `release` or the end."""
    gate = Gate()
    engine(world).script_default(EngineScript(hold=gate, hold_after=after))
    world.memory["gate"] = gate
    world.at_end(gate.release)
    return gate


def fill(world: World) -> None:
    """Hold the engine and occupy each of its slots with a task. Raises NotTestable when that fails."""
    hold(world)
    for number in range(1, engine(world).slots + 1):
        admit(world, f"{HOLDER} {number}", session_id=str(uuid.uuid4()))
    at_engine(world, engine(world).slots)


def at_engine(world: World, count: int) -> None:
    """Wait until so many tasks work at the engine. Raises NotTestable when they do not come."""
    own = engine(world)
    own.require(lambda: own.slots_busy == count, f"{count} tasks were to work at the engine")


def release(world: World) -> None:
    """Let the held tasks go on, and those that come after them. Raises ScenarioFault where none is held."""
    gate: Gate | None = world.memory.get("gate")
    if gate is None:
        raise ScenarioFault("nothing is held in this scenario")
    engine(world).script_default(EngineScript())
    gate.release()


def reached(world: World, task: Task) -> list[EngineRequest]:
    """Give the requests of any kind by which something of a task has reached the engine, oldest first."""
    mark = task.prompt.encode()
    return [request for request in engine(world).requests if mark in request.body]


def is_started(world: World, task: Task) -> bool:
    """Say whether the engine was asked for the task's completion."""
    return any(request.path == "/completion" for request in reached(world, task))


def started(world: World, names: Sequence[str]) -> list[str]:
    """Wait until the engine has been asked for each of the tasks, and give their names in that order.

    Raises AssertionError when one of them is not dispatched.
    """
    wanted = {name: tasks.named(world, name) for name in names}
    own = engine(world)
    own.wait_for(lambda: all(is_started(world, task) for task in wanted.values()))
    missing = [name for name, task in wanted.items() if not is_started(world, task)]
    assert not missing, f"{', '.join(missing)} never reached the engine"
    first = {
        name: min(r.started_ms for r in reached(world, task) if r.path == "/completion")
        for name, task in wanted.items()
    }
    return sorted(wanted, key=lambda name: first[name])


def most_at_once(requests: Sequence[EngineRequest]) -> int:
    """Give how many of the requests were at the engine at the same time, at most."""
    far = float("inf")
    moments = [(r.started_ms, 1) for r in requests]
    moments += [(far if r.finished_ms is None else r.finished_ms, -1) for r in requests]
    # One that leaves in the moment in which another comes is gone by then.
    at_once = most = 0
    for _, change in sorted(moments):
        at_once += change
        most = max(most, at_once)
    return most


def all_finished(world: World, count: int) -> list[EngineRequest]:
    """Wait until the engine has finished so many completions, and give them."""
    own = engine(world)
    return eventually(
        lambda: [each for each in own.completions if each.finished_ms is not None],
        lambda found: len(found) >= count,
    )
