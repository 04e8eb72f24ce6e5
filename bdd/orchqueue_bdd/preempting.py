"""What lines about preemption demand: who is stopped, that nothing of it is lost, and how it goes on."""

import time
from typing import Any

from orchqueue.kit import EngineScript, Gate, NotTestable
from orchqueue_bdd import behaviours, holding, reading, tasks
from orchqueue_bdd.scheduled import OBJECTIVE_MS
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

BATCH_TOKENS = 12
SENT = 3


def run_batch(world: World, name: str, determinism: str | None = None) -> None:
    """Begin a batch task that has sent three tokens and goes no further. Raises NotTestable."""
    if "gate" not in world.memory:
        holding.hold(world, after=SENT)
    fields: dict[str, Any] = {"priority": "batch", "max_tokens": BATCH_TOKENS, "determinism": determinism}
    task = holding.admit(world, name, **fields)
    tasks.follow(world, name)
    own = holding.engine(world)
    own.require(
        lambda: any(request.tokens_sent >= SENT for request in behaviours.asked(own, task)),
        f'the engine was to send {SENT} tokens of "{name}"',
    )


def submit_urgent(world: World, name: str, *, held: bool = False) -> None:
    """Submit an interactive task; what comes to the engine from now on is not held, unless this one is."""
    own = holding.engine(world)
    own.script_default(EngineScript())
    prompt = f"Tell at once of {name}"
    if held:
        gate: Gate = world.memory["gate"]
        own.script(EngineScript(hold=gate), prompt=prompt)
    holding.admit(world, name, prompt=prompt)
    tasks.follow(world, name)


def wait_out_objective(world: World) -> None:
    """Let interactive tasks wait for longer than their objective allows."""
    time.sleep(2 * OBJECTIVE_MS / 1000.0)


def reaches_engine(world: World, name: str) -> None:
    """Demand that a task comes to the engine though all slots were taken."""
    holding.started(world, [name])


def is_stopped(world: World, name: str) -> None:
    """Demand that a task is stopped at the engine before it is done."""
    own, task = holding.engine(world), tasks.named(world, name)
    request = behaviours.asked(own, task)[0]
    assert own.wait_for(lambda: request.disconnected_ms is not None, 3.0), f'"{name}" goes on at the engine'


def goes_on(world: World, name: str) -> None:
    """Demand that nobody has stopped a task that was at the engine, long after the objective was missed."""
    wait_out_objective(world)
    own, task = holding.engine(world), tasks.named(world, name)
    requests = behaviours.asked(own, task)
    assert len(requests) == 1, f'"{name}" came to the engine {len(requests)} times'
    assert requests[0].finished_ms is None, f'"{name}" was stopped at the engine'


def says_preempted(world: World, name: str) -> None:
    """Demand a metrics event that says so before the stream ends."""
    told = [seen.data for seen in tasks.events(world, name) if seen.name == "metrics"]
    said = [data for data in told if data.get("preempted") is True and data.get("resumable") is True]
    assert said, f'no metrics event of "{name}" says preempted and resumable: {told}'


def says_nothing_of_it(world: World, name: str) -> None:
    """Demand that no metrics event of a task says that it was preempted."""
    stream = tasks.named(world, name).stream
    assert stream is not None, f'the stream of "{name}" is not open'
    told = [seen.data for seen in reading.events_so_far(stream) if seen.name == "metrics"]
    assert not any(data.get("preempted") for data in told), f'the metrics of "{name}" say {told}'


def has_whole_text(world: World, name: str) -> None:
    """Demand that a task's tokens are numbered without a gap, and as many as it asked for."""
    numbers = [seen.data.get("i") for seen in tasks.events(world, name) if seen.name == "token"]
    assert numbers == list(range(BATCH_TOKENS)), f'the tokens of "{name}" are numbered {numbers}'


def resumes_from_tokens(world: World, name: str) -> None:
    """Demand that the engine was asked to go on from the prompt and the tokens that it had sent."""
    own, task = holding.engine(world), tasks.named(world, name)
    own.wait_for(lambda: len(behaviours.asked(own, task)) > 1, 3.0)
    requests = behaviours.asked(own, task)
    assert len(requests) == 2, f'"{name}" came to the engine {len(requests)} times'
    sent = [seen.data.get("t", "") for seen in tasks.events(world, name) if seen.name == "token"]
    prompt, limit = requests[1].prompt, requests[1].max_tokens
    assert prompt == task.prompt + "".join(sent[:SENT]), f'"{name}" goes on from {prompt!r}'
    assert limit == BATCH_TOKENS - SENT, f'"{name}" may have {limit} further tokens'


def comes_back_before(world: World, name: str, other: str) -> None:
    """Demand that a stopped task is at the engine again before another one is."""
    own = holding.engine(world)
    pair = [tasks.named(world, name), tasks.named(world, other)]

    def times() -> list[float | None]:
        again, first = behaviours.asked(own, pair[0])[1:], behaviours.asked(own, pair[1])
        return [seen[0].started_ms if seen else None for seen in (again, first)]

    back, begun = eventually(times, lambda seen: None not in seen)
    assert back is not None, f'"{name}" did not come back'
    assert begun is not None, f'"{other}" never started'
    assert back < begun, f'"{other}" started before "{name}" came back'


def require_waiting(world: World, name: str) -> None:
    """Wait until a task has been stopped and waits. Raises NotTestable when it is not."""
    own, task = holding.engine(world), tasks.named(world, name)
    request = behaviours.asked(own, task)[0]
    if not own.wait_for(lambda: request.disconnected_ms is not None, 3.0):
        raise NotTestable(f'"{name}" was not stopped for another')


def require_at_engine(world: World, name: str) -> None:
    """Wait until a task has come to the engine. Raises NotTestable when it does not."""
    own, task = holding.engine(world), tasks.named(world, name)
    own.require(lambda: bool(behaviours.asked(own, task)), f'"{name}" was to come to the engine', 3.0)


def none_more_stopped(world: World, count: int) -> None:
    """Demand that, long after the objective was missed, so many tasks have been stopped and no more."""
    own = holding.engine(world)

    def stopped() -> int:
        return sum(request.disconnected_ms is not None for request in own.completions)

    own.wait_for(lambda: stopped() >= count, 3.0)
    wait_out_objective(world)
    assert stopped() == count, f"{stopped()} tasks were stopped, not {count}"
