"""Streams at their limits: how many a key may hold open, how long events are kept, and what silence shows."""

from orchqueue.kit import EventStream, Exchange, NotTestable
from orchqueue_bdd import courses, streams, tasks
from orchqueue_bdd.tasks import TASKS
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

KEPT_LONG = 40  # tokens whose events exceed what the server "tight" keeps of one task


def open_all(world: World, name: str, count: int) -> None:
    """Open so many streams of a task and keep them open. Raises NotTestable when one is refused."""
    for _ in range(count):
        stream = tasks.follow(world, name)
        if not stream.is_event_stream:
            raise NotTestable(f"one of {count} streams was answered {stream.status}")


def open_another(world: World, name: str) -> Exchange:
    """Ask for one more stream of a task; it is the scenario's answer."""
    answer = _open(world, name).exchange
    world.memory["answer"] = answer
    return answer


def comes_free(world: World, name: str) -> None:
    """Close a stream, and demand that another one can soon be opened in its place."""
    stream = tasks.named(world, name).stream
    assert stream is not None, f'no stream of "{name}" is open'
    stream.close()
    seen = eventually(lambda: _open(world, name).status, lambda status: status == 200)
    assert seen == 200, f"with a place free again, a stream was answered {seen}"


def is_forgotten(world: World, name: str) -> None:
    """Demand that the stream of a task soon answers 404. Events, id and task go together."""
    seen = eventually(lambda: _open(world, name).status, lambda status: status == 404)
    assert seen == 404, f"the stream of a task whose time has passed is answered {seen}"


def grow_beyond(world: World, name: str) -> None:
    """Have a task that still runs produce more events than are kept of it.

    The server has a moment to see them; whether it gives up the early ones is for the scenario to say.
    """
    courses.run_held(world, name, KEPT_LONG)
    eventually(lambda: _status_after_first(world, name), lambda status: status == 410)


def stays_silent(world: World, name: str, comments: int) -> None:
    """Demand so many comments while the stream of a task has nothing to tell."""
    stream = tasks.named(world, name).stream
    assert stream is not None, f'no stream of "{name}" is open'
    before = len(stream.comments)
    seen = eventually(lambda: len(stream.comments) - before, lambda count: count >= comments)
    assert seen >= comments, f"{seen} comments came in two seconds of silence"


def _status_after_first(world: World, name: str) -> int:
    stream = streams.read_after(world, tasks.named(world, name), 0)
    stream.close()
    return stream.status


def _open(world: World, name: str) -> EventStream:
    return world.stream(f"{TASKS}/{tasks.named(world, name).id}/stream")
