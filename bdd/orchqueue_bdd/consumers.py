"""What lines about the pacts of consumers demand, and how the states that those begin with come about."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from orchqueue.kit import EngineScript, NotTestable
from orchqueue.verify import pacts
from orchqueue_bdd import behaviours, engines, tasks
from orchqueue_bdd.agreed import FAILED
from orchqueue_bdd.sessions import own_id
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

PACTS = {"client": pacts.CLIENT, "command": pacts.COMMAND}
CONTROL = {"what is served"}

Told = dict[str, str]


def play(world: World, interaction: str, consumer: str) -> None:
    """Play an interaction of a consumer to the server, and keep what is not as agreed. Raises NotTestable."""
    key = world.server.keys["control" if interaction in CONTROL else "data"]
    world.memory["disagreements"] = pacts.play(
        interaction, world.server.url, key, lambda state: _establish(world, state), PACTS[consumer]
    )


def keeps(world: World) -> None:
    """Demand that the interaction went as agreed."""
    found: list[str] = world.memory["disagreements"]
    assert not found, "; ".join(found)


def _establish(world: World, state: str) -> Told:
    establish = STATES.get(state)
    if establish is None:
        raise NotTestable(f'nobody knows how to bring about "{state}"')
    fresh = {"task_id": str(uuid.uuid4()), "session_id": str(uuid.uuid4()), "engine": "llamacpp"}
    return {**fresh, **establish(world)}


def _ready(_world: World) -> Told:
    return {"model": "ready"}


def _running(world: World) -> Told:
    behaviours.hold(world, world.engine("ready"), 1)
    task = tasks.begin(world, "a", model_ref="ready")
    tasks.event(world, "a", "token")
    return {"model": "ready", "task_id": task.id}


def _ended(world: World) -> Told:
    return {"model": "ready", "task_id": tasks.run(world, "a", model_ref="ready").id}


def _one_turn(world: World) -> Told:
    session = own_id(world, "of the pact")
    tasks.run(world, "a", model_ref="ready", session_id=session)
    return {"model": "ready", "session_id": session}


def _full(name: str) -> Callable[[World], Told]:
    def establish(world: World) -> Told:
        engine = world.engine(name)
        behaviours.hold(world, engine, 0)
        tasks.admit(world, "a", model_ref=name)
        engine.require(lambda: engine.slots_busy == 1, f'the engine "{name}" was to work on a task')
        tasks.admit(world, "b", model_ref=name)
        return {"model": name}

    return establish


def _unready(world: World) -> Told:
    world.engine("loading").ready = False
    engines.require_unready(world, "loading")
    return {"model": "loading"}


def _failed_often(world: World) -> Told:
    """The kit's own question is answered 503 POOL_UNAVAILABLE once the worker is left alone for long."""

    def code() -> Any:
        task = tasks.submit(world, "a", model_ref=FAILED)
        return task.told.get("code")

    if eventually(code, lambda told: told == "POOL_UNAVAILABLE") != "POOL_UNAVAILABLE":
        raise NotTestable(f'the pool "{FAILED}" was to be given up for a while')
    return {"model": FAILED}


def _fails(name: str, script: EngineScript) -> Callable[[World], Told]:
    def establish(world: World) -> Told:
        world.engine(name).script(script)
        return {"model": name, "task_id": tasks.run(world, "a", model_ref=name).id}

    return establish


STATES: Mapping[str, Callable[[World], Told]] = {
    "a ready pool": _ready,
    "a running task": _running,
    "a task that ended": _ended,
    "a session with one turn": _one_turn,
    "a full queue that drops": _full("dropping"),
    "a full queue that rejects": _full("rejecting"),
    "a pool whose model is not loaded": _unready,
    "a pool whose worker failed too often": _failed_often,
    "a task that no replica could take": _fails("broken", EngineScript(cut_after=0)),
    "a task whose engine fell silent": _fails("silent", EngineScript(stall_after=1)),
    "a task whose engine was lost after a token": _fails("broken", EngineScript(cut_after=1)),
    "a task whose engine failed": _fails("broken", EngineScript(error_after=1)),
}
