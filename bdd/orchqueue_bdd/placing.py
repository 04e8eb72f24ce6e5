"""What lines about placement, and about deadlines in full queues, demand: where tasks go, and who waits."""

import time
from typing import Any

from orchqueue.kit import EngineScript, NotTestable
from orchqueue_bdd import behaviours, holding, tasks
from orchqueue_bdd.world import World

SLOW_MS = 20.0
LESSONS = 5
LONG_TOKENS = 30
DEADLINE_MS = 750
TOO_LATE_MS = 320


def submit_held(world: World, count: int, model: str, **fields: Any) -> None:
    """Submit so many tasks for a model that several engines have, which hold whatever comes."""
    for engine in world.server.engines.values():
        if engine.model == model:
            behaviours.hold(world, engine, 0)
    for number in range(1, count + 1):
        tasks.submit(world, f"task {number}", model_ref=model, **fields)


def has_at_work(world: World, engine: str, count: int) -> None:
    """Demand how many tasks an engine comes to work on."""
    own = world.engine(engine)
    own.wait_for(lambda: own.slots_busy == count, 3.0)
    assert own.slots_busy == count, f'the engine "{engine}" works on {own.slots_busy} tasks, not {count}'


def learn_slowness(world: World) -> None:
    """Run batch tasks on a slow engine, so that the pool has measured how long a token takes."""
    holding.engine(world).script_default(EngineScript(ms_per_token=SLOW_MS))
    for number in range(LESSONS):
        holding.admit(world, f"lesson {number}", priority="batch", max_tokens=2)
        tasks.follow(world, f"lesson {number}")
        last = tasks.terminal(world, f"lesson {number}")
        if last.name != "end":
            raise NotTestable(f"a lesson ended with {last.name} {last.data}")


def wait_too_long(world: World, name: str) -> None:
    """Have a long batch task wait until it could not end in time even if it started. Raises NotTestable."""
    fields: dict[str, Any] = {
        "max_tokens": LONG_TOKENS,
        "expected_tokens": LONG_TOKENS,
        "deadline_ms": DEADLINE_MS,
    }
    holding.admit(world, name, priority="batch", **fields)
    tasks.follow(world, name)
    world.memory["too late from"] = time.monotonic() + TOO_LATE_MS / 1000.0


def wait_until_too_late(world: World) -> None:
    """Let time pass until the task that waits too long could not end in time."""
    time.sleep(max(0.0, float(world.memory["too late from"]) - time.monotonic()))
