"""Which model of the catalog a task gets, by the digest that its stream tells, and what becomes of a pool."""

from typing import Any

from orchqueue.kit import EventStream, Exchange, NotTestable
from orchqueue_bdd import answers, catalogs, holding, journal, processes, publishing, reading, tasks
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

SESSIONS = 24  # so many that one of two models with equal shares has none of them once in eight million runs
POOL_MODEL = "own-model"


def submit(world: World, name: str, model: str, by: str) -> None:
    """Submit a task that names a model in some way; it is the scenario's answer."""
    holding.submit(world, name, model_ref=_ref(world, model, by))


def has_run(world: World, name: str, model: str) -> None:
    """Have a task run to its end on a model. Raises NotTestable when it is refused."""
    holding.admit(world, name, model_ref=_ref(world, model, "id"))
    tasks.terminal(world, name)


def has_digest(world: World, name: str, model: str) -> None:
    """Demand that the start of a task tells the digest of a model, and that its log lines do."""
    assert _served(world, name) == _digest(world, model), f'the task "{name}" was served by another model'
    task = tasks.named(world, name)
    found = journal.once(world, task, lambda lines: any("model_digest" in line for line in lines))
    told = {line["model_digest"] for line in found if "model_digest" in line}
    assert told == {_digest(world, model)}, f'the log lines of the task "{name}" tell {told}'


def require_pair(world: World, old: str, new: str, share: float) -> None:
    """Have one model Active and another one Canary, with a tag of both. Raises NotTestable."""
    tag = f"tag of {catalogs.publish(world, old).id}"
    catalogs.require(world, old, "Active", tags=[tag])
    catalogs.require(world, new, tags=[tag])
    catalogs.move(world, new, state="Canary", share=share)
    answers.has_status(world.memory["answer"], 202)
    world.memory["tag"] = tag


def ask_by_tag(world: World, sessions: int = SESSIONS) -> None:
    """Have so many new sessions ask for the tag, each with one task."""
    for number in range(sessions):
        tasks.admit(world, f"task {number}", **holding.meant(world, model_ref=world.memory["tag"]))
    world.memory["served"] = {f"task {n}": _served(world, f"task {n}") for n in range(sessions)}


def got_all(world: World, model: str) -> None:
    """Demand that every session got this model."""
    served = set(world.memory["served"].values())
    assert served == {_digest(world, model)}, f"the sessions got {served}"


def got_some_each(world: World, one: str, other: str) -> None:
    """Demand that some sessions got the one model, and all others the other."""
    served = set(world.memory["served"].values())
    wanted = {_digest(world, one), _digest(world, other)}
    assert served == wanted, f"the sessions got {served}, not both of {wanted}"


def stays(world: World) -> None:
    """Demand that each session gets the model again that it had."""
    for name, digest in world.memory["served"].items():
        session = tasks.named(world, name).body["session_id"]
        again = f"{name} again"
        tasks.admit(world, again, **holding.meant(world, model_ref=world.memory["tag"], session_id=session))
        assert _served(world, again) == digest, f"the session of {name} got another model"


def start_strict(world: World) -> None:
    """Start a strict server whose pool is configured with a model that is in no catalog yet."""
    own = processes.prepare(world)
    folder = world.new_folder()
    world.memory["own folder"] = folder
    own.config["catalog"] = publishing.section(str(folder), mode="strict")
    own.config["pools"][0]["model"] = POOL_MODEL
    processes.start(world)
    processes.running_of(own)


def require_its_model(world: World, state: str) -> None:
    """Have the model of that pool in the catalog, trusted, in a state. Raises NotTestable."""
    catalogs.require_own(world, POOL_MODEL, state)


def send_there(world: World, session_id: str | None = None) -> Exchange:
    """Send a task for the pool's model; it is the scenario's answer."""
    body = tasks.completion("there", model_ref=POOL_MODEL, session_id=session_id)
    answer = processes.client_of(world).post(tasks.TASKS, json=_whole(body))
    world.memory["answer"], world.memory["there"] = answer, body
    return answer


def run_there(world: World) -> None:
    """Have a task run to its end there, and remember its transcript. Raises NotTestable."""
    if send_there(world).status != 202:
        raise NotTestable(f"the task was answered {world.memory['answer'].text[:300]}")
    stream: EventStream = processes.client_of(world).stream(
        f"{tasks.TASKS}/{world.memory['there']['task_id']}/stream"
    )
    world.at_end(stream.close)
    last = reading.read_to_end(stream)[-1]
    world.memory["transcript there"] = last.data.get("transcript")


def pool_is_empty(world: World) -> None:
    """Demand that the pool comes to be without a worker."""
    client = processes.client_of(world)

    def health() -> Any:
        return client.get("/v1/pools/own/health").json()

    seen = eventually(health, lambda told: told.get("state") == "stopped" and not told.get("ready"))
    assert (seen.get("state"), seen.get("ready")) == ("stopped", False), f"its health is {seen}"


def transcript_is_there(world: World) -> None:
    """Demand that the transcript of the task that ran is still read."""
    answer = processes.client_of(world).get(f"/v1/artifacts/{world.memory['transcript there']}")
    answers.has_status(answer, 200)


def reload_there(world: World, model: str) -> None:
    """Ask the pool to load a model by name; it is the scenario's answer."""
    path = "/v1/pools/own/reload"
    world.memory["answer"] = processes.client_of(world).post(path, json={"new_model_ref": model})


def _served(world: World, name: str) -> str:
    return str(tasks.event(world, name, "started").data.get("model_digest", ""))


def _digest(world: World, model: str) -> str:
    return str(catalogs.named(world, model).registration["digest"])


def _ref(world: World, model: str, by: str) -> str:
    told = catalogs.named(world, model).registration
    return str(told["tags"][0] if by == "tag" else told[by])


def _whole(body: dict[str, Any]) -> dict[str, Any]:
    return {"session_id": tasks.completion("")["session_id"], **body}
