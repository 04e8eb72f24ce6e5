"""What the lines about stopping demand: of tasks that run, wait and come, and of the exit."""

import signal
from typing import Any

from orchqueue.kit import EngineScript, NotTestable, TransportError, now_ms
from orchqueue.kit.patience import PATIENCE_S
from orchqueue_bdd import reading, series
from orchqueue_bdd.processes import Own, client_of, own_of, prepare, running_of, start
from orchqueue_bdd.reading import Event
from orchqueue_bdd.servers import OPTIONAL
from orchqueue_bdd.tasks import TASKS, completion
from orchqueue_bdd.world import World

AT_ONCE_S = 1.5
EXIT_S = PATIENCE_S


def start_working(world: World, grace_ms: int, **server: Any) -> None:
    """Start a server whose engine holds what it gets. Raises NotTestable when it does not come up."""
    own = prepare(world, grace_ms=grace_ms, **server)
    start(world)
    if own.running is None:
        raise NotTestable(f"no server with a right configuration: {own.failure}")
    own.running.wait_ready(["own"])
    own.engine.script_default(EngineScript(hold=own.gate, hold_after=1))


def work(world: World) -> None:
    """Have the server run one task and keep one waiting. Raises NotTestable when it does not."""
    own = own_of(world)
    for name in ("running", "waiting"):
        body = completion(name)
        answer = client_of(world).post(TASKS, json=body)
        if answer.status != 202:
            raise NotTestable(f"the {name} task was answered {answer.status} {answer.text[:200]}")
        stream = client_of(world).stream(f"{TASKS}/{body['task_id']}/stream")
        world.at_end(stream.close)
        own.streams[name] = stream
        if name == "running":
            reading.wait_for(stream, lambda event: event.name == "token")
    if any(event.name == "started" for event in reading.events_so_far(own.streams["waiting"])):
        raise NotTestable("the second task did not wait")


def keep_unread(world: World) -> None:
    """Have the server accept a task whose stream nobody opens. Raises NotTestable when it does not."""
    own, body = own_of(world), completion("unread")
    answer = client_of(world).post(TASKS, json=body)
    if answer.status != 202:
        raise NotTestable(f"the task was answered {answer.status} {answer.text[:200]}")
    own.unread = f"{TASKS}/{body['task_id']}/stream"


def read_at_last(world: World) -> None:
    """Have someone read the stream of the task that nobody has read."""
    own = own_of(world)
    try:
        stream = client_of(world).stream(own.unread)
    except TransportError as error:
        raise AssertionError(f"nobody answers who was accepted: {error}") from error
    world.at_end(stream.close)
    own.streams["unread"] = stream


def tell_to_stop(world: World) -> None:
    """Send the server SIGTERM."""
    own = own_of(world)
    own.told_ms = now_ms()
    running_of(own).send_signal(signal.SIGTERM)


def tell_again(world: World) -> None:
    """Send it SIGTERM once more, after the waiting task has seen that it stops. Raises NotTestable."""
    own = own_of(world)
    last = _ending(own, "waiting", AT_ONCE_S)
    if last.name != "error":
        raise NotTestable(f"the waiting task ended with {last.name}, so the server does not stop")
    own.told_ms = now_ms()
    running_of(own).send_signal(signal.SIGTERM)


def ends_with(world: World, name: str, code: str, within_s: float, after_ms: float = 0.0) -> None:
    """Demand that a task ends with an error of that code, so soon after the signal and not before."""
    own = own_of(world)
    last = _ending(own, name, within_s)
    assert (last.name, last.data.get("code")) == ("error", code), f"it ended with {last.name} {last.data}"
    took = last.received_ms - own.told_ms
    assert took >= after_ms, f"it ended {took:.0f} ms after the signal, before {after_ms:.0f} ms"


def ends_normally(world: World, name: str) -> None:
    """Demand that a task comes to its `end`."""
    last = _ending(own_of(world), name, EXIT_S)
    assert last.name == "end", f"the {name} task ended with {last.name} {last.data}"


def each_ends_once(world: World) -> None:
    """Demand that every stream has exactly one terminal event."""
    for name, stream in own_of(world).streams.items():
        events = reading.read_to_end(stream)
        count = len([event for event in events if event.is_terminal])
        assert count == 1, f"the stream of the {name} task has {count} terminal events"


def refuses(world: World, status: int, code: str) -> None:
    """Demand that a new task is refused, while the server still serves."""
    try:
        answer = client_of(world).post(TASKS, json=completion("new"))
    except TransportError as error:
        raise AssertionError(f"a new task gets no answer: {error}") from error
    body = answer.json()
    assert (answer.status, body.get("code")) == (status, code), f"it was answered {answer.status} {body}"


def stands_at(world: World, name: str, label: str, wanted: float) -> None:
    """Demand a value of the server's series, of those samples that have a label such as `reason=api`."""
    key, _, value = label.partition("=")
    own = own_of(world)
    text = world.scrape_of(running_of(own), [profile for profile in OPTIONAL if profile not in own.config])
    seen = series.read(text).total(name, **{key: value})
    assert seen == wanted, f"{name} with {label} stands at {seen:g}, not at {wanted:g}"


def exits_with(world: World, status: int) -> None:
    """Demand the exit status of the server."""
    code = running_of(own_of(world)).wait_exit(EXIT_S)
    assert code is not None, f"the server still runs {EXIT_S:g} s after it should have ended"
    assert code == status, f"the server ended with exit status {code}"


def _ending(own: Own, name: str, within_s: float) -> Event:
    return reading.wait_for(own.streams[name], lambda event: event.is_terminal, within_s)
