"""What the lines about engines demand: that tasks run on them, how those end, and what the engines saw."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from orchqueue.kit import EngineRequest, EngineScript, NotTestable
from orchqueue_bdd import behaviours, tasks
from orchqueue_bdd.deaf import DeafPort
from orchqueue_bdd.redirecting import Redirecting
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

TRIES = 6
SEEDS = 2**32 - 1


def fields(table: Table | None) -> dict[str, Any]:
    """Read a table of `field` and `value`, whose values are JSON."""
    assert table is not None, "a table of field and value stands below this line"
    return {row["field"]: json.loads(row["value"]) for row in table}


def says(world: World, engine: str, words: str, behaviour: str | None = None) -> None:
    """Have an engine say these tokens in answer to every request, in the way of a behaviour."""
    spoken = behaviours.pieces(words)
    script = EngineScript(tokens=spoken) if behaviour is None else behaviours.script(behaviour, tokens=spoken)
    world.engine(engine).script_default(script)


def deafen(world: World, name: str) -> None:
    """Take an engine away and leave its address such that connecting to it neither succeeds nor fails."""
    engine = world.engine(name)
    behaviours.stop(world, engine)
    port = DeafPort(engine.host, engine.port)
    world.at_end(port.close)


def redirect(world: World, name: str, to: str) -> None:
    """Take an engine away, and have its address send everyone on to another engine."""
    engine = world.engine(name)
    behaviours.stop(world, engine)
    sender = Redirecting(engine.host, engine.port, world.engine(to).url)
    world.at_end(sender.close)
    world.memory["redirecting"] = sender


def never_sees(world: World, name: str, task: str) -> None:
    """Demand that an engine has seen nothing of a task that was sent on to it. Raises NotTestable when it
    was not.
    """
    sender: Redirecting = world.memory["redirecting"]
    if not any(asked.startswith("POST ") for asked in sender.asked):
        raise NotTestable("the server never asked the address that sends it on for the task")
    prompt = tasks.named(world, task).prompt.encode()
    seen = [f"{each.method} {each.path}" for each in world.engine(name).requests if prompt in each.body]
    assert not seen, f"the prompt was sent on to the engine {name}: {seen}"


def require_unready(world: World, pool: str) -> None:
    """Wait until a pool is not ready. Raises NotTestable when it stays ready."""
    if pool in _ready(world, lambda ready: pool not in ready):
        raise NotTestable(f'the pool "{pool}" stayed ready')


def becomes_unready(world: World, pool: str) -> None:
    """Demand that a pool is soon not ready."""
    assert pool not in _ready(world, lambda ready: pool not in ready), f'the pool "{pool}" stays ready'


def becomes_ready(world: World, pool: str) -> None:
    """Demand that a pool is soon ready."""
    assert pool in _ready(world, lambda ready: pool in ready), f'the pool "{pool}" stays not ready'


def begin_and_run(world: World, name: str, pool: str) -> None:
    """Begin a task and wait until an engine of its pool works on it. Raises NotTestable when none does."""
    task = tasks.begin(world, name, model_ref=pool)
    own = [engine for key, engine in world.server.engines.items() if key in {pool, f"{pool}-a", f"{pool}-b"}]

    def running() -> bool:
        return any(seen.slot is not None for engine in own for seen in behaviours.asked(engine, task))

    if not eventually(running, bool):
        raise NotTestable(f'the task "{name}" was not dispatched to an engine of the pool "{pool}"')


def begin_and_wait(world: World, name: str, pool: str, **more: Any) -> None:
    """Begin a task that has to wait, since the slots are taken. Raises NotTestable when it is dispatched."""
    task = tasks.begin(world, name, model_ref=pool, **more)
    run = pool in world.server.managed
    if world.managed(pool).asked(task.prompt) if run else behaviours.asked(world.engine(pool), task):
        raise NotTestable(f'the task "{name}" did not wait: the engine of "{pool}" has it')


def run_until_reached(world: World, pool: str, engine: str) -> None:
    """Run tasks one by one until one has reached that engine. Raises NotTestable when none of them does."""
    for number in range(1, TRIES + 1):
        task = tasks.run(world, f"try {number}", model_ref=pool)
        if behaviours.asked(world.engine(engine), task):
            return
    raise NotTestable(f'none of {TRIES} tasks reached the engine "{engine}"')


def ends_normally(world: World, name: str) -> None:
    """Demand that a task comes to its `end`."""
    last = tasks.terminal(world, name)
    assert last.name == "end", f'the task "{name}" ended with {last.name} {json.dumps(last.data)}'


def all_end_normally(world: World) -> None:
    """Demand it of every task of the scenario."""
    for task in tasks.every(world):
        ends_normally(world, task.name)


def ends_with(world: World, name: str, code: str) -> None:
    """Demand that a task ends with an error of that code."""
    last = tasks.terminal(world, name)
    told = (last.name, last.data.get("code"))
    assert told == ("error", code), f'the task "{name}" ended with {last.name} {json.dumps(last.data)}'


def error_has(world: World, name: str, field: str, value: str) -> None:
    """Demand a field of the error that a task ends with."""
    told = tasks.terminal(world, name).data.get(field)
    assert told == value, f'the error of "{name}" has {field} {told!r}, not {value!r}'


def text_is(world: World, name: str, text: str) -> None:
    """Demand the text that a task's token events make."""
    told = tasks.text(world, name)
    assert told == text, f'the text of "{name}" is {told!r}, not {text!r}'


def event_field_is(world: World, name: str, kind: str, field: str, value: str) -> None:
    """Demand a field of a task's first event of that kind; `value` is JSON."""
    told = tasks.event(world, name, kind).data.get(field)
    assert told == json.loads(value), f'the {kind} of "{name}" has {field} {told!r}, not {value}'


def text_is_whole(world: World, name: str) -> None:
    """Demand that a task's text is not empty and that no character of it came to harm."""
    told = tasks.text(world, name)
    assert told, f'the task "{name}" has no text'
    assert not any("\ud800" <= character <= "\udfff" for character in told), f"half a character: {told!r}"


def texts_are(world: World, one: str, other: str, *, equal: bool) -> None:
    """Demand that the texts of two tasks are equal, or that they are not."""
    told = tasks.text(world, one), tasks.text(world, other)
    assert (told[0] == told[1]) is equal, f'the texts of "{one}" and "{other}": {told}'


def tokens_arrive(world: World, name: str, count: int) -> None:
    """Demand that so many tokens of a task arrive while it goes on."""
    last = tasks.nth(world, name, "token", count)
    assert last.name == "token", f'the task "{name}" ended before {count} tokens had arrived'


def real_engine_works(world: World, slots: int) -> None:
    """Demand how many slots of the real engine work, by its own word, now or in a moment."""
    seen = eventually(lambda: world.server.real_engine.slots_busy, lambda busy: busy == slots)
    assert seen == slots, f"{seen} slots of the real engine work, not {slots}"


def reached(world: World, name: str, engine: str, count: int) -> None:
    """Demand how often a task, which is over, has reached an engine."""
    seen = len(behaviours.asked(world.engine(engine), tasks.named(world, name)))
    assert seen == count, f'the task "{name}" reached the engine "{engine}" {seen} times, not {count}'


def reached_in_all(world: World, name: str, engines: Sequence[str], count: int) -> None:
    """Demand how often a task, which is over, has reached any of some engines."""
    task = tasks.named(world, name)
    seen = {engine: len(behaviours.asked(world.engine(engine), task)) for engine in engines}
    assert sum(seen.values()) == count, f'the task "{name}" reached {seen}, not {count} times in all'


def request_has(world: World, name: str, engine: str, wanted: dict[str, Any]) -> None:
    """Demand fields of the request that reached an engine for a task, by paths such as `parameters.seed`."""
    body = _request(world, name, engine).json
    told = {path: inside(body, path) for path in wanted}
    assert told == wanted, f'the request of "{name}" at "{engine}" has {told}, not {wanted}'


def request_has_json(world: World, name: str, engine: str, field: str, wanted: dict[str, Any]) -> None:
    """Demand members of the JSON that stands as a text in a field of the request."""
    packed = inside(_request(world, name, engine).json, field)
    assert isinstance(packed, str), f'the request of "{name}" at "{engine}" has no text {field}: {packed!r}'
    inner = json.loads(packed)
    told = {key: inner.get(key) for key in wanted}
    assert told == wanted, f'{field} of "{name}" at "{engine}" has {told}, not {wanted}'


def request_has_key(world: World, name: str, engine: str, key: str) -> None:
    """Demand the key that reached an engine with the request of a task."""
    told = _request(world, name, engine).header("authorization")
    assert told == f"Bearer {key}", f'the request of "{name}" at "{engine}" has no such key'


def request_has_prompt(world: World, name: str, engine: str) -> None:
    """Demand that the prompt reached the engine as the client wrote it."""
    wanted, told = tasks.named(world, name).prompt, _request(world, name, engine).prompt
    assert told == wanted, f'the request of "{name}" at "{engine}" has the prompt {told!r}, not {wanted!r}'


def request_has_own_seed(world: World, name: str, engine: str) -> None:
    """Demand the seed of a task that named none."""
    # OC-ADAPT-5010
    digest = hashlib.sha256(tasks.named(world, name).id.lower().encode()).digest()
    wanted, told = int.from_bytes(digest[:4], "big") % SEEDS, _request(world, name, engine).seed
    assert told == wanted, f'the request of "{name}" at "{engine}" has the seed {told}, not {wanted}'


def request_was_ended(world: World, name: str, engine: str) -> None:
    """Demand that the server has closed the connection of a task's request before the engine was done."""
    own, request = world.engine(engine), _request(world, name, engine)
    left = own.wait_for(lambda: request.disconnected_ms is not None, 2.0)
    assert left, f'the request of "{name}" goes on at the engine "{engine}"'
    assert not request.finished, f'the engine "{engine}" was done with "{name}" by itself'


def works_on_nothing(world: World, engine: str) -> None:
    """Demand that an engine is soon at rest."""
    own = world.engine(engine)
    assert own.wait_for(lambda: own.slots_busy == 0), f'{own.slots_busy} slots of "{engine}" still work'


def was_asked_for(world: World, engine: str, path: str) -> None:
    """Demand that the server asks an engine for a path, now or in a moment."""
    own = world.engine(engine)
    seen = own.wait_for(lambda: any(each.path.partition("?")[0] == path for each in own.requests))
    assert seen, f'the engine "{engine}" was never asked for {path}'


def inside(body: Any, path: str) -> Any:
    for part in path.split("."):
        body = body.get(part) if isinstance(body, dict) else None
    return body


def _request(world: World, name: str, engine: str) -> EngineRequest:
    return behaviours.only_request(world.engine(engine), tasks.named(world, name))


def _ready(world: World, holds: Any) -> set[str]:
    return eventually(world.server.running.ready_pools, holds)
