"""The courses that a task can take, in the words of the features: run, wait, end well or badly, be cancelled.

What a line needs is brought about here and waited for; where it is not reached, nothing is judged.
"""

from collections.abc import Callable

from orchqueue.kit import EngineScript, NotTestable
from orchqueue_bdd import holding, reading, tasks
from orchqueue_bdd.tasks import Task
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

CAPACITY = 2  # of the pools "small" and "evicting"


def run(world: World, name: str, count: int = 4) -> Task:
    """Run a task of so many tokens to its end."""
    task = holding.admit(world, name, max_tokens=count)
    tasks.follow(world, name)
    tasks.terminal(world, name)
    return task


def run_held(world: World, name: str, count: int) -> Task:
    """Begin a task whose engine has sent so many tokens and goes no further before it is told to."""
    holding.hold(world, after=count)
    return begin(world, name, count, max_tokens=count + 20)


def run_on(world: World, name: str) -> Task:
    """Begin a task whose tokens come without a pause, and which will not end by itself for a while."""
    holding.engine(world).script(EngineScript(tokens=1000, ms_per_token=1.0))
    return begin(world, name, 3, max_tokens=1000)


def wait(world: World, name: str, priority: str = "interactive") -> Task:
    """Have a task wait for the slots that are held; its stream is open."""
    task = holding.admit(world, name, priority=priority)
    tasks.follow(world, name)
    return task


def take(world: World, name: str, course: str) -> None:
    """Have a task take a course to its end. NotTestable for a course that there is not."""
    if course not in COURSES:
        raise NotTestable(f"nobody has said how a task {course!r}")
    COURSES[course](world, name)


def reaches_end(world: World, name: str) -> None:
    """Demand a terminal event."""
    tasks.terminal(world, name)


def cancel(world: World, name: str) -> None:
    """Cancel a task; that is the scenario's answer."""
    world.memory["answer"] = tasks.cancel(world, name)


def require_canceled(world: World, name: str) -> None:
    """Cancel a task, and go on only when that was acknowledged. Raises NotTestable."""
    cancel(world, name)
    status = world.memory["answer"].status
    if status != 204:
        raise NotTestable(f'the cancel of "{name}" was answered {status}')


def is_ended_at_engine(world: World, name: str) -> None:
    """Demand that the engine works on the task no more."""
    task = tasks.named(world, name)
    open_ones = eventually(
        lambda: [each for each in holding.reached(world, task) if each.finished_ms is None],
        lambda found: not found,
    )
    assert not open_ones, f'the engine still works on "{name}"'


def never_reached(world: World, name: str) -> None:
    """Demand that nothing of the task has come to the engine."""
    seen = [f"{each.method} {each.path}" for each in holding.reached(world, tasks.named(world, name))]
    assert not seen, f'"{name}" reached the engine: {seen}'


def begin(world: World, name: str, count: int, max_tokens: int, *, follow: bool = True) -> Task:
    """Follow a task until its engine has sent so many tokens. Raises NotTestable when it does not."""
    task = holding.admit(world, name, max_tokens=max_tokens)
    if follow:
        tasks.follow(world, name)
    # The engine is asked, not the stream: whether tokens are relayed is a check of its own.
    holding.engine(world).require(
        lambda: any(
            request.slot is not None and request.tokens_sent >= count
            for request in holding.reached(world, task)
        ),
        f'the engine was to send {count} tokens of "{name}"',
    )
    return task


def _completes(world: World, name: str) -> None:
    run(world, name)


def _canceled_running(world: World, name: str) -> None:
    run_held(world, name, 2)
    require_canceled(world, name)
    holding.release(world)


def _canceled_waiting(world: World, name: str) -> None:
    holding.fill(world)
    wait(world, name)
    require_canceled(world, name)
    holding.release(world)


def _cut(world: World, name: str) -> None:
    holding.engine(world).script_default(EngineScript(cut_after=2))
    run(world, name, 8)


def _failed(world: World, name: str) -> None:
    holding.engine(world).script_default(EngineScript(error_after=2))
    run(world, name, 8)


def _stops(world: World, name: str) -> None:
    holding.engine(world).script_default(EngineScript(tokens=3))
    run(world, name, 8)


def _evicted(world: World, name: str) -> None:
    holding.choose(world, "evicting")
    holding.fill(world)
    wait(world, name, "batch")
    for number in range(CAPACITY):
        holding.admit(world, f"after it {number}", priority="interactive")
    stream = tasks.named(world, name).stream
    if stream is None or not eventually(lambda: reading.events_so_far(stream), bool):
        raise NotTestable(f'the full queue did not give up "{name}"')


COURSES: dict[str, Callable[[World, str], None]] = {
    "completes": _completes,
    "has as many tokens as it may": _completes,
    "stops by itself": _stops,
    "is cancelled while it runs": _canceled_running,
    "is cancelled while it waits": _canceled_waiting,
    "loses its engine": _cut,
    "meets a failing engine": _failed,
    "is evicted from the queue": _evicted,
}
