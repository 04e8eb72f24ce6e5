"""Tasks whose result is no text: embeddings and rankings, and the artifact that they end with.

The scripted engines answer the same text with the same numbers, which is what results are compared with.
"""

from typing import Any

from orchqueue.kit import EngineRequest, EngineScript
from orchqueue.kit.engine.pooling import score, vector
from orchqueue.verify.leaks import planted
from orchqueue_bdd import artifacts, holding, tasks
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

WORKLOADS = frozenset({"embedding", "rerank"})
COUNT = 3
TOO_LONG = 4000  # times three tokens or more
CLOSE = 1e-6


def submit(world: World, name: str, workload: str) -> None:
    """Submit an embedding or a ranking; it is the scenario's answer."""
    holding.submit(world, name, **fields(name, workload))


def submit_too_long(world: World, name: str, workload: str) -> None:
    """Submit one whose second text is longer than any context; it is the scenario's answer."""
    told = fields(name, workload)
    told["inputs"][1] = "far too long, " * TOO_LONG
    holding.submit(world, name, **told)


def admit(world: World, name: str, workload: str) -> None:
    """Submit one that the scenario needs, and follow it. Raises NotTestable when it is not taken."""
    holding.admit(world, name, **fields(name, workload))
    tasks.follow(world, name)


def run(world: World, name: str, workload: str) -> None:
    """Have one run to its end, however that is."""
    admit(world, name, workload)
    tasks.terminal(world, name)


def run_refused(world: World, name: str, workload: str) -> None:
    """Have one meet an engine that refuses it."""
    holding.engine(world).script_default(EngineScript(error_status=400))
    run(world, name, workload)


def hold_one(world: World, name: str, workload: str) -> None:
    """Have one at the engine, which does not answer before it is told to. Raises NotTestable."""
    holding.hold(world)
    admit(world, name, workload)
    engine = holding.engine(world)
    engine.require(lambda: bool(_open_ones(world)), f"the {workload} was to be at the engine")


def fields(name: str, workload: str) -> dict[str, Any]:
    """Give what sets such a task apart from a completion."""
    inputs = [f"{planted()} {name}, text {number}" for number in range(COUNT)]
    query = f"{planted()} a query of {name}" if workload == "rerank" else None
    return {"workload": workload, "inputs": inputs, "prompt": query, "max_tokens": None}


def has_vectors(world: World, name: str) -> None:
    """Demand that the result is the engine's vector of each text, in the order of the texts."""
    _is_result(world, name, "embeddings", [vector(text) for text in _body(world, name)["inputs"]])


def has_scores(world: World, name: str) -> None:
    """Demand that the result is the engine's score of each text, in the order of the texts."""
    body = _body(world, name)
    _is_result(world, name, "scores", [score(body["prompt"], text) for text in body["inputs"]])


def has_no_text(world: World, name: str) -> None:
    """Demand a stream that starts and ends and has no token, and an end that counts none."""
    seen = tasks.events(world, name)
    names = [event.name for event in seen]
    assert (names[0], names[-1]) == ("started", "end"), f"the stream is {names}"
    assert "token" not in names, f"the stream is {names}"
    told = seen[-1].data.get("tokens_out"), seen[-1].data.get("finish_reason")
    assert told == (0, "stop"), f"tokens_out and finish_reason are {told}"


def ends_without(world: World, name: str) -> None:
    """Demand an end that names no artifact."""
    last = tasks.terminal(world, name)
    assert "artifact" not in last.data, f"the {last.name} names {last.data['artifact']}"


def leaves_engine(world: World) -> None:
    """Demand that the engine works on nothing of the kind any more."""
    left = eventually(lambda: _open_ones(world), lambda found: not found)
    assert not left, f"the engine still works on {[each.path for each in left]}"


def _is_result(world: World, name: str, member: str, due: Any) -> None:
    last = tasks.terminal(world, name)
    artifact_id = last.data.get("artifact")
    assert isinstance(artifact_id, str), f"the {last.name} names no artifact: {last.data}"
    content = artifacts.content_of(world, artifact_id, "other")
    assert list(content) == [member], f"the content has {sorted(content)}"
    assert _alike(content[member], due), f"the result is {content[member]}, the engine gave {due}"


def _alike(one: Any, other: Any) -> bool:
    """Say whether two results are equal but for the rounding of their numbers."""
    if isinstance(other, list):
        return isinstance(one, list) and len(one) == len(other) and all(map(_alike, one, other))
    return isinstance(one, int | float) and abs(one - other) < CLOSE


def _body(world: World, name: str) -> dict[str, Any]:
    return tasks.named(world, name).body


def _open_ones(world: World) -> list[EngineRequest]:
    seen = holding.engine(world).requests
    return [each for each in seen if each.workload in WORKLOADS and each.finished_ms is None]
