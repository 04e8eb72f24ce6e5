"""The tasks of a scenario, by the names that its lines give them: submitted, followed, read to their ends.

Reads leniently: what is asked of an answer or a stream here is only what a line asks for, so that a fault of
the framing, say, fails the scenario about framing and no other. A task that a line needs and that the server
refuses is a state that was not reached, so the scenario is not testable.
"""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from orchqueue.kit import Client, EventStream, Exchange, KitError, NotTestable
from orchqueue.verify.leaks import planted
from orchqueue_bdd import reading
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.reading import Event
from orchqueue_bdd.world import World

TASKS = "/v1/tasks"


@dataclass
class Task:
    """One task as its client sees it. `stream` is the last one that was opened for it."""

    name: str
    body: dict[str, Any]
    answer: Exchange
    stream: EventStream | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """Its `task_id`."""
        return str(self.body["task_id"])

    @property
    def prompt(self) -> str:
        """Its prompt, which no other task of the run has unless a line says so."""
        return str(self.body["prompt"])

    @property
    def told(self) -> dict[str, Any]:
        """The body of the answer; empty when it is no JSON object."""
        try:
            body = self.answer.json()
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def job_id(self) -> str:
        """The id that the server gave it, empty when it gave none."""
        return str(self.told.get("job_id", ""))

    @property
    def correlation_id(self) -> str:
        """The correlation id of the response to its POST, empty when there was none."""
        return self.answer.header("x-correlation-id") or ""


def completion(name: str, **fields: Any) -> dict[str, Any]:
    """Give the body of a completion of four tokens with a prompt and ids of its own.

    `fields` say what differs; one that is None is left out.
    """
    body = {
        "task_id": str(uuid.uuid4()),
        "session_id": str(uuid.uuid4()),
        "workload": "completion",
        "model_ref": "tiny",
        "engine": "llamacpp",
        "ctx": 0,
        "priority": "interactive",
        "deadline_ms": 60_000,
        "prompt": f"{planted()} Tell of {name}",
        "max_tokens": 4,
        **fields,
    }
    return {key: value for key, value in body.items() if value is not None}


def submit(
    world: World, name: str, key: str = "data", headers: Mapping[str, str] | None = None, **fields: Any
) -> Task:
    """Submit a task and remember it, whatever the answer is. What is left of it in the end is cancelled."""
    body = completion(name, **{**world.server.suits, **_engine_of(world, fields), **fields})
    task = Task(name, body, world.client(key).post(TASKS, json=body, headers=headers or {}))
    world.memory.setdefault("tasks", {})[name] = task
    if task.answer.status == 202:
        world.at_end(lambda: _let_go(world, task, key))
    return task


def admit(world: World, name: str, key: str = "data", **fields: Any) -> Task:
    """Submit a task that the scenario needs. Raises NotTestable when it is refused."""
    task = submit(world, name, key, **fields)
    if task.answer.status != 202:
        reason = f"{task.answer.status} {task.answer.text[:300]}"
        raise NotTestable(f'the task "{name}" was not accepted: {reason}')
    return task


def begin(world: World, name: str, key: str = "data", **fields: Any) -> Task:
    """Submit a task that the scenario needs, and follow it. Raises NotTestable when it is refused."""
    task = admit(world, name, key, **fields)
    follow(world, name, key)
    return task


def run(world: World, name: str, key: str = "data", **fields: Any) -> Task:
    """Submit a task, follow it and read it to its end."""
    task = begin(world, name, key, **fields)
    terminal(world, name)
    return task


def named(world: World, name: str) -> Task:
    """Give the task of that name. Raises ScenarioFault where there is none."""
    known: dict[str, Task] = world.memory.get("tasks", {})
    if name not in known:
        raise ScenarioFault(f'the scenario has no task "{name}"')
    return known[name]


def every(world: World) -> list[Task]:
    """Give the tasks of the scenario in the order of their submission."""
    return list(world.memory.get("tasks", {}).values())


def follow(world: World, name: str, key: str = "data", **options: Any) -> EventStream:
    """Open the stream of a task; options as of the kit's `Client.stream`."""
    task = named(world, name)
    task.stream = world.stream(f"{TASKS}/{task.id}/stream", key, **options)
    return task.stream


def cancel(world: World, name: str, key: str = "data") -> Exchange:
    """Cancel a task."""
    return world.client(key).post(f"{TASKS}/{named(world, name).id}/cancel")


def events(world: World, name: str) -> list[Event]:
    """Read the stream of a task to its end and give its events; AssertionError when it does not end."""
    return reading.read_to_end(_stream(world, name))


def event(world: World, name: str, kind: str) -> Event:
    """Give a task's first event of that kind, waiting for it; AssertionError when none comes."""
    return reading.wait_for(_stream(world, name), lambda seen: seen.name == kind)


def nth(world: World, name: str, kind: str, count: int) -> Event:
    """Give a task's event of that kind with that number, counted from 1, or the terminal one before it."""
    stream = _stream(world, name)

    def wanted(seen: Event) -> bool:
        return seen.is_terminal or len([e for e in reading.events_so_far(stream) if e.name == kind]) >= count

    found = reading.wait_for(stream, wanted)
    own = [seen for seen in reading.events_so_far(stream) if seen.name == kind]
    return own[count - 1] if len(own) >= count else found


def leave(world: World, name: str) -> None:
    """Close the stream of a task, as a client that goes away does."""
    _stream(world, name).close()


def terminal(world: World, name: str) -> Event:
    """Wait for a task's `end` or `error` and give it; AssertionError when none comes."""
    return reading.wait_for(_stream(world, name), lambda seen: seen.is_terminal)


def text(world: World, name: str) -> str:
    """Read a task to its end and give the text that its token events carry."""
    return "".join(str(seen.data.get("t", "")) for seen in events(world, name) if seen.name == "token")


def _engine_of(world: World, fields: Mapping[str, Any]) -> dict[str, str]:
    """Give the engine that the model was configured with, where it was configured here."""
    model = fields.get("model_ref")
    engine = world.server.drives.get(model) if isinstance(model, str) else None
    return {} if engine is None else {"engine": engine}


def _stream(world: World, name: str) -> EventStream:
    stream = named(world, name).stream
    if stream is None:
        stream = follow(world, name)
    assert stream.is_event_stream, f'the stream of "{name}" was answered with {stream.status}'
    return stream


def _let_go(world: World, task: Task, key: str) -> None:
    """Cancel a task whose end nobody has seen, so that the next scenario finds its slots free."""
    seen = reading.events_so_far(task.stream) if task.stream is not None else []
    if not any(event.is_terminal for event in seen):
        with suppress(KitError):  # a server that a scenario has ended has nothing left to cancel
            # Not on record: it belongs to the clearing up, not to what the scenario shows.
            Client(world.server.url, world.server.keys[key]).post(f"{TASKS}/{task.id}/cancel")
