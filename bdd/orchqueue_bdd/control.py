"""What the lines about the control plane do and demand: the health of pools, drains and reloads."""

import json
import threading
import time
from typing import Any

from orchqueue.kit import Exchange, NotTestable, ScriptedEngine, now_ms
from orchqueue.kit.patience import START_S
from orchqueue_bdd import behaviours, engines, tasks
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

POOLS = "/v1/pools"
RECENT_MS = 60_000.0
ANSWER_S = START_S
# How a drain ends tasks; a watchdog or a deadline of theirs would have ended them otherwise.
DRAINED = ("WORKER_RESET", "POOL_UNAVAILABLE")

Health = dict[str, Any]


def read_health(world: World, pool: str) -> Exchange:
    """Ask a pool for its health; that is the scenario's answer."""
    answer = world.client("control").get(f"{POOLS}/{pool}/health")
    world.memory["answer"] = answer
    return answer


def health(world: World, pool: str) -> Health:
    """Give the health of a pool. Raises AssertionError when it is not told."""
    answer = read_health(world, pool)
    assert answer.status == 200, f'the health of "{pool}" was answered {answer.status}'
    body = answer.json()
    assert isinstance(body, dict), f'the health of "{pool}" is {body!r}'
    return body


def comes_to_have(world: World, pool: str, wanted: dict[str, Any]) -> None:
    """Demand fields of a pool's health together, now or in a moment; a dot leads into an object."""

    def told() -> Health:
        body = health(world, pool)
        return {path: engines.inside(body, path) for path in wanted}

    seen = eventually(told, lambda fields: fields == wanted)
    assert seen == wanted, f'the health of "{pool}" has {json.dumps(seen)}, not {json.dumps(wanted)}'


def tells_error(world: World, pool: str) -> None:
    """Demand that the health of a pool says what was wrong last, now or in a moment."""
    told = eventually(lambda: health(world, pool).get("last_error"), bool)
    assert isinstance(told, str), f'the health of "{pool}" has the last_error {told!r}'
    assert told.strip(), f'the health of "{pool}" has an empty last_error'
    world.memory.setdefault("last errors", {})[pool] = told


def errors_differ(world: World, one: str, other: str) -> None:
    """Demand that the last errors of two pools, which were read, are not the same."""
    told = world.memory["last errors"]
    assert told[one] != told[other], f'"{one}" and "{other}" are both wrong for {told[one]!r}'


def heard_of(world: World, pool: str) -> None:
    """Demand that the last heartbeat is told as a time of today's clock, and that others follow it."""
    first = health(world, pool).get("last_heartbeat_ms")
    assert isinstance(first, int), f'the last_heartbeat_ms of "{pool}" is {first!r}'
    ago = time.time() * 1000 - first
    assert abs(ago) < RECENT_MS, f'"{pool}" was heard of {ago:.0f} ms ago, by its last_heartbeat_ms'
    later = eventually(lambda: health(world, pool)["last_heartbeat_ms"], lambda told: told > first)
    assert later > first, f'"{pool}" was not heard of again after {first}'


def drain(world: World, pool: str, deadline_ms: int) -> Exchange:
    """Drain a pool; that is the scenario's answer."""
    world.memory["drained ms"] = now_ms()
    return _post(world, pool, "drain", {"deadline_ms": deadline_ms})


def require_drained(world: World, pool: str, deadline_ms: int) -> None:
    """Drain a pool, and go on only when that was taken. Raises NotTestable."""
    answer = drain(world, pool, deadline_ms)
    if answer.status != 202:
        raise NotTestable(f'the drain of "{pool}" was answered {answer.status} {answer.text[:200]}')


def ends_after_drain(world: World, name: str, least_ms: int) -> None:
    """Demand that a task ends with an error, and not before so long after the drain was asked for."""
    last = tasks.terminal(world, name)
    ended = f'the task "{name}" ended with {last.name} {json.dumps(last.data)}'
    assert last.name == "error", ended
    assert last.data.get("code") in DRAINED, f"{ended}, which no drain does"
    took = last.received_ms - world.memory["drained ms"]
    assert took >= least_ms, f'the task "{name}" was ended {took:.0f} ms after the drain'


def reload(world: World, pool: str, model: str) -> Exchange:
    """Reload a pool and wait for the answer; that is the scenario's answer."""
    return _post(world, pool, "reload", {"new_model_ref": model}, timeout_s=ANSWER_S)


def begin_reload(world: World, pool: str, model: str) -> None:
    """Have a reload run that comes to no end, since its engine does not prove itself before it goes on.

    Raises NotTestable when it does not begin.
    """
    engine = _hold_proof(world, pool, model)
    proofs = len(engine.completions)
    ask_for_reload(world, pool, model)
    world.at_end(lambda: behaviours.go_on(world))  # before the answer is waited for
    engine.require(lambda: len(engine.completions) > proofs, f'no reload of "{pool}" has begun')


def ask_for_reload(world: World, pool: str, model: str) -> None:
    """Ask for a reload, and go on before it is answered. At the scenario's end the answer is waited for."""
    answers: list[Exchange] = []
    waiting = threading.Thread(
        target=lambda: answers.append(reload(world, pool, model)), name=f"reload of {pool}", daemon=True
    )
    world.at_end(lambda: waiting.join(ANSWER_S))
    waiting.start()
    world.memory["reload"] = (waiting, answers)


def reload_is_answered(world: World, status: int) -> None:
    """Demand the answer of the reload that was begun."""
    waiting, answers = world.memory["reload"]
    waiting.join(ANSWER_S)
    assert answers, "the reload is not answered"
    world.memory["answer"] = answers[0]
    assert answers[0].status == status, f"the reload was answered {answers[0].status} {answers[0].text[:300]}"


def reload_and_leave(world: World, pool: str, model: str) -> None:
    """Ask for a reload and go away before it is answered. Raises NotTestable when it does not begin."""
    engine = _hold_proof(world, pool, model)
    proofs = len(engine.completions)
    body = json.dumps({"new_model_ref": model}).encode()
    headers = {
        "Host": "localhost",
        "X-API-Key": world.server.keys["control"],
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with world.client(None).raw() as connection:
        connection.send(f"POST {POOLS}/{pool}/reload HTTP/1.1\r\n{lines}\r\n".encode() + body)
        engine.require(lambda: len(engine.completions) > proofs, f'no reload of "{pool}" has begun')


def _hold_proof(world: World, pool: str, model: str) -> ScriptedEngine:
    """Have the engine of a pool serve another model and hold what it is asked, the proof of it included."""
    engine = world.engine(pool)
    engine.model = model
    behaviours.hold(world, engine, 0)
    return engine


def _post(
    world: World, pool: str, what: str, body: dict[str, Any], timeout_s: float | None = None
) -> Exchange:
    client = world.client("control") if timeout_s is None else world.client("control", timeout_s=timeout_s)
    answer = client.post(f"{POOLS}/{pool}/{what}", json=body)
    world.memory["answer"] = answer
    return answer
