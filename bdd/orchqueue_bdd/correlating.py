"""Correlation ids: which the client gives, which come back, and which a task keeps."""

import uuid

from orchqueue.kit import Exchange
from orchqueue_bdd import answers, holding, tasks
from orchqueue_bdd.answers import CORRELATION
from orchqueue_bdd.tasks import TASKS, completion
from orchqueue_bdd.world import World

LONGEST = "c" * 128
UNUSABLE = {
    "of 129 characters": [(CORRELATION, "c" * 129)],
    "with a space in it": [(CORRELATION, "one two")],
    "with a character beyond ASCII": [(CORRELATION, "caf\N{LATIN SMALL LETTER E WITH ACUTE}")],
    "that is empty": [(CORRELATION, "")],
    "given twice": [(CORRELATION, "one"), (CORRELATION, "two")],
}


def send_with(world: World, headers: list[tuple[str, str]]) -> Exchange:
    """Send a request that needs no state with these headers; it is the scenario's answer."""
    answer = world.client().get(f"{TASKS}/{uuid.uuid4()}/stream", headers=headers)
    world.memory["answer"] = answer
    return answer


def send_unusable(world: World, kind: str) -> None:
    """Send a correlation id that is none, of a kind that `UNUSABLE` lists."""
    send_with(world, UNUSABLE[kind])
    world.memory["unusable"] = {value for _, value in UNUSABLE[kind]}


def is_replaced(world: World) -> None:
    """Demand a fresh random id instead of what was sent."""
    answers.has_fresh_correlation(world.memory["answer"])


def comes_back(world: World, given: str) -> None:
    """Demand that the answer carries the id that was sent."""
    told = answers.correlation(world.memory["answer"])
    assert told == given, f"the correlation id is {told!r}, not {given!r}"


def is_told_in_envelope(world: World) -> None:
    """Demand that header and envelope name the same id."""
    answer = world.memory["answer"]
    header, body = answers.correlation(answer), answers.envelope(answer).get("correlation_id")
    assert body == header, f"the header says {header!r}, the envelope {body!r}"


def are_different(world: World) -> None:
    """Demand that two requests without an id of their own get two ids."""
    first = answers.correlation(send_with(world, []))
    second = answers.correlation(send_with(world, []))
    assert first != second, f"both requests got {first!r}"


def submit_with(world: World, name: str, given: str) -> None:
    """Submit a task whose POST carries that id."""
    body = completion(name, **holding.meant(world))
    answer = world.client(headers={CORRELATION: given}).post(TASKS, json=body)
    world.memory.setdefault("tasks", {})[name] = tasks.Task(name, body, answer)
    world.at_end(lambda: tasks.cancel(world, name))


def error_keeps(world: World, name: str, given: str) -> None:
    """Demand that the error of a task's stream names the id of its POST."""
    last = tasks.terminal(world, name)
    assert last.name == "error", f"the stream ended with {last.name!r}"
    told = last.data.get("correlation_id")
    assert told == given, f"the error names {told!r}, the task was posted with {given!r}"


def stream_has_own(world: World, name: str, given: str) -> None:
    """Demand that the response to a stream request carries that request's id."""
    stream = tasks.follow(world, name, headers={CORRELATION: given})
    told = answers.correlation(stream.exchange)
    assert told == given, f"the stream's response carries {told!r}, the request had {given!r}"
