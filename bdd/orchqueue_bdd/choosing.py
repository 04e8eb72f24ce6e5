"""What lines about a choice demand: that a server takes the engine that a task names, and says the same."""

import json

from orchqueue_bdd import acceptance, engines, tasks
from orchqueue_bdd.world import World


def send_to_each(world: World) -> None:
    """Send a task to one pool of each kind of engine; it has the name of the kind."""
    models: dict[str, str] = {}
    for model, engine in world.server.drives.items():
        models.setdefault(engine, model)
    for engine, model in models.items():
        tasks.submit(world, engine, model_ref=model)


def each_accepted(world: World) -> None:
    """Demand that each of them was accepted."""
    for task in tasks.every(world):
        acceptance.is_accepted(task)


def each_start_names_engine(world: World) -> None:
    """Demand that each of them starts on an engine of the kind that it asked for."""
    for task in tasks.every(world):
        engines.event_field_is(world, task.name, "started", "engine", json.dumps(task.body["engine"]))
