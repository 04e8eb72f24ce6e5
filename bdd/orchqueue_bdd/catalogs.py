"""The models of a scenario, by the names that its lines give them: registered, read, moved, taken out."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchqueue.kit import Client, Exchange, NotTestable
from orchqueue_bdd import artifacts, processes, publishing
from orchqueue_bdd.answers import has_status
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

MODELS = "/v1/catalog/models"
# What leads to each state from Draft.
WAYS: dict[str, tuple[dict[str, Any], ...]] = {
    "Draft": (),
    "Canary": ({"state": "Canary", "share": 0.5},),
    "Active": ({"state": "Active"},),
    "Deprecated": ({"state": "Active"}, {"state": "Deprecated"}),
    "Retired": ({"state": "Retired"},),
}


@dataclass
class Model:
    """One model as its operator registered it. `client` reaches the server whose catalog it is for."""

    registration: dict[str, Any]
    client: Client

    @property
    def id(self) -> str:
        """Its id, which no other scenario's has."""
        return str(self.registration["id"])

    @property
    def path(self) -> str:
        """Where the catalog has it."""
        return f"{MODELS}/{self.id}"


def publish(world: World, name: str) -> Model:
    """Have a model that the publisher vouches for, of one file, and in no catalog yet."""
    return _publish(world, name, _folder(world), world.client("control"))


def register(world: World, name: str, **changes: Any) -> Exchange:
    """Register a model, published first where it is not; members that are None are left out."""
    model = _known(world).get(name) or publish(world, name)
    body = {key: value for key, value in {**model.registration, **changes}.items() if value is not None}
    return _keep(world, model.client.post(MODELS, json=body))


def require(world: World, name: str, state: str = "Draft", **changes: Any) -> Model:
    """Have a model registered, and brought to a state. Raises NotTestable."""
    register(world, name, **changes)
    model = named(world, name)
    _brought(world.memory["answer"], 201)
    bring(world, name, state)
    return model


def bring(world: World, name: str, state: str) -> None:
    """Bring a draft to a state. Raises NotTestable."""
    for change in WAYS[state]:
        _brought(move(world, name, **change), 202)


def named(world: World, name: str) -> Model:
    """Give the model of that name. Raises ScenarioFault where there is none."""
    if name not in _known(world):
        raise ScenarioFault(f'the scenario has no model "{name}"')
    return _known(world)[name]


def move(world: World, name: str, **change: Any) -> Exchange:
    """Ask for a change of state; members that are None are left out."""
    model = named(world, name)
    body = {key: value for key, value in change.items() if value is not None}
    return _keep(world, model.client.post(f"{model.path}/state", json=body))


def read(world: World, name: str) -> Exchange:
    """Read a model."""
    model = named(world, name)
    return _keep(world, model.client.get(model.path))


def delete(world: World, name: str) -> Exchange:
    """Take a model out."""
    model = named(world, name)
    return _keep(world, model.client.request("DELETE", model.path))


def told(world: World, name: str) -> dict[str, Any]:
    """Read a model that has to be there, and give what is told of it."""
    answer = read(world, name)
    has_status(answer, 200)
    return artifacts.told(answer)


def is_as_registered(world: World, name: str) -> None:
    """Demand that all that was registered is told as it was."""
    wanted = named(world, name).registration
    shown = told(world, name)
    kept = {key: shown.get(key) for key in wanted}
    assert kept == wanted, f"it is told as {kept}, and was registered as {wanted}"


def is_in_state(world: World, name: str, state: str) -> None:
    """Demand that a model is in a state."""
    now = told(world, name).get("state")
    assert now == state, f'the model "{name}" is {now}, not {state}'


def has(world: World, name: str, member: str, value: Any) -> None:
    """Demand that a model is told with a member of this value."""
    now = told(world, name).get(member)
    assert now == value, f'the model "{name}" has the {member} {now!r}, not {value!r}'


def is_measured(world: World, name: str, state: str) -> None:
    """Demand that the gauge is 1 for this state of the model, and is there for no other."""
    model = named(world, name)
    wanted = {f'model_state{{model_id="{model.id}",state="{state}"}} 1.0'}

    def seen() -> set[str]:
        return {line for line in world.scrape_text().splitlines() if f'model_id="{model.id}"' in line}

    now = eventually(seen, lambda lines: lines == wanted)
    assert now == wanted, f"the gauge is {sorted(now)}, not {sorted(wanted)}"


def is_logged(world: World, name: str, before: str, after: str) -> None:
    """Demand one line about that change of state, with the correlation id of the scenario's answer."""
    answer: Exchange = world.memory["answer"]
    wanted = {
        "event": "model.state",
        "model_id": named(world, name).id,
        "from": before,
        "to": after,
        "correlation_id": answer.header("x-correlation-id"),
    }
    found = eventually(
        lambda: [line for line in world.server.running.logs() if wanted.items() <= line.items()], bool
    )
    assert len(found) == 1, f"the log has {len(found)} such lines: {wanted}"


def start(world: World) -> None:
    """Start a server of the scenario's own with a catalog. Raises NotTestable when it does not come up."""
    own = processes.prepare(world)
    own.config["catalog"] = publishing.section(str(_own_folder(world)))
    processes.start(world)
    processes.running_of(own)


def register_there(world: World, name: str) -> None:
    """Register a model, published just now, in the catalog of that server."""
    _publish(world, name, _own_folder(world), processes.client_of(world))
    register(world, name)


def require_there(world: World, name: str, state: str) -> None:
    """Have a model in the catalog of that server, brought to a state. Raises NotTestable."""
    register_there(world, name)
    _brought(world.memory["answer"], 201)
    bring(world, name, state)


def require_own(world: World, identifier: str, state: str) -> None:
    """Have a model with this very id in the catalog of that server. Raises NotTestable."""
    registration = publishing.publish(_own_folder(world), identifier, b"weights of its own")
    _known(world)[identifier] = Model(registration, processes.client_of(world))
    require(world, identifier, state)


def restart(world: World) -> None:
    """Kill the server, and start another in its place. Raises NotTestable."""
    own = processes.own_of(world)
    running = processes.running_of(own)
    running.kill()
    running.wait_exit(10.0)
    processes.start(world)
    for model in _known(world).values():
        model.client = processes.client_of(world)


def _publish(world: World, name: str, folder: Path, client: Client) -> Model:
    unique = f"{name}-{secrets.token_hex(6)}"
    model = Model(publishing.publish(folder, unique, f"weights of {unique}".encode()), client)
    _known(world)[name] = model
    return model


def _folder(world: World) -> Path:
    if world.server.folder is None:
        raise NotTestable("what the catalog of an attached server trusts is its operator's choice")
    return world.server.folder


def _own_folder(world: World) -> Path:
    folder: Path = world.memory.get("own folder") or world.new_folder()
    world.memory["own folder"] = folder
    return folder


def _known(world: World) -> dict[str, Model]:
    models: dict[str, Model] = world.memory.setdefault("models", {})
    return models


def _keep(world: World, answer: Exchange) -> Exchange:
    world.memory["answer"] = answer
    return answer


def _brought(answer: Exchange, status: int) -> None:
    if answer.status != status:
        raise NotTestable(f"{answer.path} was answered {answer.status} {answer.text[:300]}")
