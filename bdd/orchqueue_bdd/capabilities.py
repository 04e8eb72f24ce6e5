"""What the lines about capabilities demand: of the whole, of every entry, and of the entry of one model."""

from typing import Any

from orchqueue.kit import Exchange
from orchqueue_bdd import tasks
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World
from orchqueue_contract import load

CAPABILITIES = "/v1/capabilities"
TYPES: dict[str, type | tuple[type, ...]] = {"string": str, "integer": int, "array": list, "object": dict}

Entry = dict[str, Any]


def read(world: World, times: int = 1, key: str = "control") -> None:
    """Read the capabilities, so many times one after the other."""
    client = world.client(key)
    world.memory["capabilities"] = [client.get(CAPABILITIES) for _ in range(times)]


def profiles(world: World) -> set[str]:
    """Read which profiles the server claims; none where it tells none that can be read."""
    answer = world.client("control").get(CAPABILITIES)
    told = _body(answer).get("profiles", [])
    return {name for name in told if isinstance(name, str)} if isinstance(told, list) else set()


def entry_has(world: World, model: str, wanted: dict[str, Any]) -> None:
    """Demand fields of the entry that names a model."""
    entry = _entry(world, model)
    told = {key: entry.get(key) for key in wanted}
    assert told == wanted, f'the entry of "{model}" has {told}, not {wanted}'


def entry_supports(world: World, model: str, workload: str) -> None:
    """Demand a workload of the entry that names a model."""
    told = _entry(world, model).get("supported_workloads")
    assert isinstance(told, list), f'the entry of "{model}" has no list of workloads'
    assert workload in told, f'the entry of "{model}" supports {told}'


def come_to_name(world: World, model: str) -> None:
    """Demand that a model is named by an entry, now or in a moment."""

    def told() -> list[str]:
        read(world)
        return [name for entry in _listed(_read(world)) for name in _models(entry)]

    seen = eventually(told, lambda names: model in names)
    assert model in seen, f"the capabilities name {', '.join(seen)}, and not {model}"


def concurrencies(world: World, model: str) -> list[int]:
    """Give how many slots each of the entries has that name a model, the least first."""
    return sorted(int(entry["concurrency"]) for entry in _entries(world) if model in _models(entry))


def have_concurrencies(world: World, model: str, wanted: list[int]) -> None:
    """Demand how many slots each of the entries that name a model has, whatever their order."""
    told = concurrencies(world, model)
    assert told == sorted(wanted), f'the entries of "{model}" have the concurrencies {told}, not {wanted}'


def name_nowhere(world: World, model: str) -> None:
    """Demand that no entry names a model."""
    found = [entry for entry in _entries(world) if model in _models(entry)]
    assert not found, f'the capabilities name "{model}": {found}'


def every_entry_has(world: World, table: Table | None) -> None:
    """Demand that every entry has fields of these types."""
    assert table is not None, "a table of field and type stands below this line"
    rows = [(row["field"], row["type"]) for row in table]
    for entry in _entries(world):
        wrong = [field for field, kind in rows if not isinstance(entry.get(field), TYPES[kind])]
        assert not wrong, f"an entry of the capabilities lacks {wrong}, or has another type: {entry}"


def workloads_are_known(world: World) -> None:
    """Demand that every entry supports some workloads, and none that the contract does not have."""
    known = set(load("openapi")["components"]["schemas"]["Workload"]["enum"])
    for entry in _entries(world):
        told = set(entry.get("supported_workloads") or ())
        assert told, f"an entry supports no workload: {entry}"
        assert told <= known, f"the contract has no workload {sorted(told - known)}"


def every_entry_tells_rates(world: World, wanted: dict[str, Any]) -> None:
    """Demand what every entry tells of the rates of the key that has read them, and no more."""
    told = [entry.get("rate_limits") for entry in _entries(world)]
    assert told, "there is no entry that could tell a rate"
    assert all(one == wanted for one in told), f"the entries tell the rates {told}, not {wanted}"


def every_entry_has_field(world: World, field: str) -> None:
    """Demand that every entry has a field with a text in it."""
    for entry in _entries(world):
        assert isinstance(entry.get(field), str), f"an entry has no {field}: {entry}"
        assert entry[field], f"an entry has an empty {field}: {entry}"


def list_profiles(world: World, wanted: str) -> None:
    """Demand a list of profiles in which one is."""
    told = _read(world).get("profiles")
    assert isinstance(told, list), f"profiles is {told!r}"
    assert wanted in told, f"{wanted} is not among the profiles {told}"


def name_every_model(world: World) -> None:
    """Demand that each model of the configuration is named."""
    missing = sorted(_configured(world) - {model for entry in _entries(world) for model in _models(entry)})
    assert not missing, f"the capabilities do not name {', '.join(missing)}"


def models_in_one_entry(world: World) -> None:
    """Demand that each model of the configuration, each being a set of its own, is in one entry."""
    told = [model for entry in _entries(world) for model in _models(entry)]
    wrong = sorted(model for model in _configured(world) if told.count(model) != 1)
    assert not wrong, f"not in exactly one entry: {', '.join(wrong)}"


def entries_name_engines(world: World) -> None:
    """Demand that each entry names the engine that its models were configured with."""
    for model, engine in world.server.drives.items():
        told = {entry.get("engine") for entry in _entries(world) if model in _models(entry)}
        assert told == {engine}, f'the entries of "{model}" name the engines {told}, not {engine}'


def listed_exactly_if_refused(world: World, profile: str, name: str) -> None:
    """Demand that a profile is listed if a task was refused in its name, and not if it was accepted."""
    _listed_exactly_if(world, profile, acts=tasks.named(world, name).answer.status != 202)


def listed_exactly_if_served(world: World, profile: str, path: str) -> None:
    """Demand that a profile is listed if there is a route of it, and not if there is none."""
    _listed_exactly_if(world, profile, acts=world.client(None).post(path, json={}).status == 401)


def _listed_exactly_if(world: World, profile: str, *, acts: bool) -> None:
    told = _read(world).get("profiles", [])
    wrong = "is not listed, though the server acts on it" if acts else "is listed, though nothing acts on it"
    assert (profile in told) is acts, f"the profile {profile} {wrong}: {told}"


def same_order(world: World) -> None:
    """Demand that all readings tell the entries in one order."""
    orders = [[entry.get("models") for entry in _listed(_body(answer))] for answer in _answers(world)]
    assert all(order == orders[0] for order in orders), f"the order of the entries changes: {orders}"


def version_is_the_contracts(world: World, field: str) -> None:
    """Demand that a field is the version of the OpenAPI document."""
    wanted = load("openapi")["info"]["version"]
    told = _read(world).get(field)
    assert told == wanted, f"{field} is {told!r}, the OpenAPI document has {wanted!r}"


def answered_with(world: World, path: str, status: int) -> None:
    """Demand the status of a GET with the key for everything."""
    answer = world.client("control").get(path)
    assert answer.status == status, f"GET {path} was answered {answer.status}"


def _configured(world: World) -> set[str]:
    pools = world.server.launched.config["pools"]
    return {pool["model"] for pool in pools if "model" in pool}


def _entry(world: World, model: str) -> Entry:
    found = [entry for entry in _entries(world) if model in _models(entry)]
    assert found, f'no entry of the capabilities names the model "{model}"'
    return found[0]


def _entries(world: World) -> list[Entry]:
    entries = _listed(_read(world))
    assert entries, "the capabilities list no engines"
    return entries


def _listed(body: dict[str, Any]) -> list[Entry]:
    listed = body.get("engines")
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def _models(entry: Entry) -> list[str]:
    models = entry.get("models")
    return models if isinstance(models, list) else []


def _read(world: World) -> dict[str, Any]:
    answer = _answers(world)[-1]
    assert answer.status == 200, f"{CAPABILITIES} was answered {answer.status}"
    return _body(answer)


def _answers(world: World) -> list[Exchange]:
    answers: list[Exchange] = world.memory["capabilities"]
    return answers


def _body(answer: Exchange) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
