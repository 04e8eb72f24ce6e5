"""What the lines about logs demand: what a line holds, which lines a task leaves, and what stands in none."""

import json
import secrets
from typing import Any

from orchqueue.kit import EngineScript
from orchqueue_bdd import behaviours, journal, tasks
from orchqueue_bdd.journal import Line
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.tasks import Task
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

ADMITTED = "task.admitted"


def objects_with(world: World, table: Table | None) -> None:
    """Demand that all that the server ever wrote to its stdout are JSON objects with these fields."""
    wanted = _fields(table)
    text = world.server.running.log_lines()
    assert text, "the server has written nothing to its standard output"
    for line in text:
        data = _object(line)
        assert data is not None, f"a line of the log is no JSON object: {line!r}"
        missing = [field for field in wanted if field not in data]
        assert not missing, f"a line of the log lacks {missing}: {line!r}"


def admitted_once(world: World, table: Table | None) -> None:
    """Demand that each task of the scenario has one line about its admission, with these fields."""
    wanted = _fields(table)
    for task in tasks.every(world):
        line = _admission(world, task)
        missing = [field for field in wanted if field not in line]
        assert not missing, f'the admission of "{task.name}" is logged without {missing}: {line}'


def admitted_truly(world: World) -> None:
    """Demand that the fields of the line about an admission are what the client sent and was told."""
    for task in tasks.every(world):
        line = _admission(world, task)
        wanted = {
            "correlation_id": task.correlation_id,
            **{key: task.body[key] for key in ("task_id", "engine", "priority")},
            **{key: task.told.get(key) for key in ("job_id", "queue_position", "predicted_start_ms")},
        }
        told = {key: line.get(key) for key in wanted}
        assert told == wanted, f'the admission of "{task.name}" is logged with {told}, not {wanted}'


def carry_between_them(world: World, name: str, table: Table | None) -> None:
    """Demand that each of these fields stands in a line about a task that is over."""
    wanted = set(_fields(table))
    found = journal.once(world, tasks.named(world, name), lambda lines: wanted <= _known(lines))
    missing = sorted(wanted - _known(found))
    assert not missing, f'no log line of the task "{name}" carries {", ".join(missing)}'
    world.memory["log fields"] = wanted, found


def last_carries(world: World) -> None:
    """Demand all the fields that were asked for of the lines together of the last one by itself."""
    wanted, found = world.memory["log fields"]
    missing = sorted(wanted - _known(found[-1:]))
    assert not missing, f"the last log line of the task knows and does not tell {', '.join(missing)}"


def have_only(world: World, name: str, field: str, value: Any) -> None:
    """Demand that a field stands in a line about a task, and has this value wherever it stands."""
    task = tasks.named(world, name)
    found = journal.once(world, task, lambda lines: any(field in line for line in lines))
    told = [line[field] for line in found if field in line]
    assert told, f'no log line of the task "{name}" has {field}'
    assert all(each == value for each in told), (
        f'the log lines of "{name}" have {field} {told}, not {value!r}'
    )


def correlated(world: World, name: str) -> None:
    """Demand that all lines about a task carry the correlation id of its POST, and its job id or none."""
    task = tasks.named(world, name)
    found = journal.once(world, task, lambda lines: len({line.get("event") for line in lines}) > 1)
    assert any(line.get("job_id") == task.job_id for line in found), f'no log line names the job of "{name}"'
    for line in _of_job(found, task):
        ids = line.get("correlation_id"), line.get("job_id", task.job_id)
        assert ids == (task.correlation_id, task.job_id), f'a log line of "{name}" carries {ids}: {line}'


def run_under(world: World, name: str, correlation_id: str | None) -> None:
    """Run a task whose POST carries a correlation id, or none."""
    headers = {} if correlation_id is None else {"X-Correlation-Id": correlation_id}
    tasks.run(world, name, headers=headers)


def decisions(world: World, name: str, least: int) -> None:
    """Demand that the log of a task names so many decisions, with the ids of the task and of its pool."""
    task = tasks.named(world, name)
    ids = {"correlation_id": task.correlation_id, "job_id": task.job_id}

    def whole(lines: list[Line]) -> set[str]:
        return _events([line for line in lines if ids.items() <= line.items() and line.get("pool_id")])

    found = journal.once(world, task, lambda lines: len(whole(lines)) >= least)
    named = whole(found)
    assert len(named) >= least, f'with all ids the log of "{name}" names only {sorted(named)}: {found}'


def decides_otherwise(world: World, name: str, other: str) -> None:
    """Demand that the log of a task names a decision that the log of another does not."""
    plain = _events(journal.ended(world, tasks.named(world, other)))
    task = tasks.named(world, name)
    found = journal.once(world, task, lambda lines: bool(_events(lines) - plain))
    assert _events(found) - plain, f'the log of "{name}" names only {sorted(_events(found))}'


def tells_code(world: World, name: str, code: str) -> None:
    """Demand a line with the correlation id of a task's POST and a code."""
    task = tasks.named(world, name)
    found = journal.once(world, task, lambda lines: any(line.get("code") == code for line in lines))
    own = [line for line in found if line.get("correlation_id") == task.correlation_id]
    assert any(line.get("code") == code for line in own), f"no log line tells {code}: {own}"


def plant(world: World, engine: str, behaviour: str) -> None:
    """Put secrets where an engine could give them away: in the prompt, in the text and in its errors."""
    planted = {place: f"{place}-{secrets.token_hex(8)}" for place in ("prompt", "text")}
    everything = " ".join([*planted.values(), world.server.keys["data"]])
    script: EngineScript = behaviours.script(
        behaviour,
        tokens=(planted["text"], " ", planted["text"]),
        error_message=f"cannot do {everything}",
        malformed='{"content": "' + everything,
    )
    world.engine(engine).script_default(script)
    world.memory["secrets"] = planted
    world.memory["secrets of"] = engine


def run_with_secrets(world: World) -> None:
    """Run the task whose prompt is secret, on the engine that gives it away."""
    prompt = f"Keep {world.memory['secrets']['prompt']} to yourself"
    tasks.run(world, "secret", model_ref=world.memory["secrets of"], prompt=prompt)


def secret_is_over(world: World) -> None:
    """Demand that the log of that task is there to be looked at, to its end."""
    found = journal.ended(world, tasks.named(world, "secret"))
    assert found, "no log line is about the task, so none can show that it keeps secrets"


def no_secrets(world: World) -> None:
    """Demand that no line of the log holds what was planted, or the key that the client used."""
    secret = {**world.memory["secrets"], "key": world.server.keys["data"]}
    for line in world.log_text():
        held = [place for place, value in secret.items() if value in line]
        assert not held, f"a log line holds the {' and the '.join(held)}: {line}"


def tells_of_worker(world: World, event: str, pool: str, worker: str) -> None:
    """Demand a line of that name about a worker, which says why, since the server began."""
    wanted = {"event": event, "pool_id": pool, "replica_id": worker}
    found = _of_server(world, wanted)
    assert found, f'the log has no line {event} of the worker "{worker}" of the pool "{pool}"'
    assert any(line.get("reason") for line in found), f"no line {event} says why: {found}"


def tells_of_pool(world: World, event: str, pool: str) -> None:
    """Demand a line of that name about a pool, with the correlation id of the scenario's answer."""
    correlation_id = world.memory["answer"].header("x-correlation-id")
    wanted = {"event": event, "pool_id": pool, "correlation_id": correlation_id}
    assert _of_server(world, wanted), f'the log has no line {event} of the pool "{pool}", {correlation_id}'


def _of_server(world: World, wanted: Line) -> list[Line]:
    """Give the lines with these fields that the server has written since it began, once there are some."""
    return eventually(
        lambda: [line for line in world.server.running.logs() if wanted.items() <= line.items()], bool
    )


def _admission(world: World, task: Task) -> Line:
    found = journal.once(world, task, lambda lines: any(line.get("event") == ADMITTED for line in lines))
    own = [line for line in found if line.get("event") == ADMITTED]
    assert len(own) == 1, f'"{task.name}" has {len(own)} log lines {ADMITTED}'
    return own[0]


def _of_job(lines: list[Line], task: Task) -> list[Line]:
    """Give the lines about the task itself: not those about a request for it that was turned away."""
    return [line for line in lines if task.job_id == line.get("job_id") or line.get("task_id") == task.id]


def _events(lines: list[Line]) -> set[str]:
    return {str(line["event"]) for line in lines if line.get("event")}


def _known(lines: list[Line]) -> set[str]:
    return {field for line in lines for field, value in line.items() if value is not None}


def _fields(table: Table | None) -> list[str]:
    assert table is not None, "a table of fields stands below this line"
    return [row["field"] for row in table]


def _object(text: str) -> Line | None:
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
