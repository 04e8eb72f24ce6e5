"""Readers that do not read, and what becomes of them.

Such a reader has a small buffer at its own end, so that what it leaves unread is left at the server's.
"""

import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from orchqueue.kit import EngineScript, Exchange, NotTestable, RawConnection, RawReply, SseEvent, SseReader
from orchqueue.kit.patience import PATIENCE_S
from orchqueue_bdd import courses, holding, reading, streams, tasks
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.servers import UNREAD_BYTES
from orchqueue_bdd.tasks import TASKS
from orchqueue_bdd.world import World

WINDOW_BYTES = 4096
# What the reader's own system takes in, and its books about it, beside what it was told to take.
OWN_BYTES = 4 * WINDOW_BYTES
PACE_MS = 2.0
ANSWERED = 200

_NUMBER = re.compile(r"[0-9]+")
_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass
class Read:
    """What has come of a stream."""

    reply: RawReply

    @property
    def answer(self) -> Exchange:
        """The answer, whole or not."""
        return self.reply.begun()

    @property
    def events(self) -> list[SseEvent]:
        """Its whole events."""
        reader = SseReader()
        reader.feed(self.answer.body, self.reply.finished_ms)
        return reader.events


@dataclass
class SlowReader(Read):
    """A connection on which a stream was begun. `before` is what had been read when reading stopped."""

    task: str
    connection: RawConnection
    before: int


def begin(world: World, name: str, count: int, size: int) -> None:
    """Begin a task whose engine has one token out and many more to say, each in an event of about that size.

    Someone reads its stream as fast as bytes can be read.
    """
    gate = holding.hold(world, after=1)
    words = tuple(f"{number:06}".ljust(size, ".") for number in range(count))
    script = EngineScript(tokens=words, ms_per_token=PACE_MS, hold=gate, hold_after=1)
    holding.engine(world).script(script)
    courses.begin(world, name, 1, count, follow=False)
    connection = _opened(world, name)
    thread = ThreadPoolExecutor(1)
    world.at_end(thread.shutdown)
    world.memory["quick"] = thread.submit(_rest, connection)


def stop_reading(world: World, name: str) -> None:
    """Open the stream of a task, and read no further than its start. Raises NotTestable."""
    connection = _opened(world, name, WINDOW_BYTES)
    reply = connection.receive(lambda data: b"event: started" in data)
    if b"event: started" not in reply.data:
        raise NotTestable(f"the stream was answered {reply.data[:100]!r}")
    world.memory["slow"] = SlowReader(reply, name, connection, len(reply.data))


def read_on(world: World) -> None:
    """Have the slow reader read until its answer is whole or the server closes."""
    slow = _slow(world)
    slow.reply = _rest(slow.connection)


def quick_reader(world: World) -> Read:
    """Wait until the quick reader has read all that it gets. Raises AssertionError when that has no end."""
    reading: Future[RawReply] = world.memory["quick"]
    quick = Read(reading.result(2 * PATIENCE_S))
    assert quick.answer.complete, f"the quick reader's answer has no end after {len(quick.events)} events"
    return quick


def is_done(world: World, name: str) -> None:
    """Demand that the engine has finished its answer for a task."""
    own, task = holding.engine(world), tasks.named(world, name)
    done = own.wait_for(lambda: any(each.finished for each in holding.reached(world, task)))
    assert done, f'the engine still has something to say for "{name}"'


def was_bounded(world: World) -> None:
    """Demand a bound of what came when reading began again."""
    slow = _slow(world)
    came = len(slow.reply.data) - slow.before
    assert came <= UNREAD_BYTES + OWN_BYTES, f"{came} bytes were on their way to a reader who read nothing"


def has_whole(world: World, name: str) -> None:
    """Demand of the slow reader what a later one gets."""
    slow = _slow(world)
    assert slow.answer.complete, f"the answer broke off after {len(slow.events)} events"
    later = streams.read_afresh(world, tasks.named(world, name))
    told = [(event.id, event.event, event.json()) for event in slow.events]
    assert told == streams.shown(later), f"it got {len(told)} events, a later reader {len(later)}"


def is_cut_off(world: World) -> None:
    """Demand that the connection was closed amid the answer, with neither a gap nor an end before."""
    slow = _slow(world)
    assert slow.reply.closed, "the connection is still open"
    assert not slow.answer.complete, "the answer is whole, as if the stream were over"
    names = [event.event for event in slow.events]
    ids = [event.id for event in slow.events]
    assert ids == [str(number) for number in range(len(ids))], f"the events are {ids}"
    assert not reading.TERMINAL & set(names), f"it was told the end: {names[-3:]}"


def come_back(world: World) -> None:
    """Have the slow reader ask for what follows its last event; that is the scenario's answer."""
    slow = _slow(world)
    last = slow.events[-1].id
    assert last is not None, "the last event has no id"
    path = f"{TASKS}/{tasks.named(world, slow.task).id}/stream"
    world.memory["answer"] = world.client().get(path, headers={"Last-Event-ID": last})


def names_first(world: World, name: str) -> None:
    """Demand of a 410 that a number in its message is an event from which the stream is there."""
    answer: Exchange = world.memory["answer"]
    numbers = [int(number) for number in _NUMBER.findall(str(answer.json().get("message")))]
    task = tasks.named(world, name)
    seen = {number: streams.read_after(world, task, number - 1) for number in numbers if number}
    found = [number for number, stream in seen.items() if stream.status == ANSWERED]
    assert found, f"none of the events {numbers} of the message can be read"
    reading.wait_for(seen[found[0]], lambda _: True)


def quick_misses_nothing(world: World, count: int) -> None:
    """Demand so many tokens at the quick reader, whole and in their order."""
    told = [event.json() for event in quick_reader(world).events if event.event == "token"]
    assert [data["i"] for data in told] == list(range(count)), f"{len(told)} tokens came"
    assert [data["t"][:6] for data in told] == [f"{number:06}" for number in range(count)]


def _opened(world: World, name: str, window_bytes: int | None = None) -> RawConnection:
    key = world.server.keys["data"]
    connection = world.client(None).raw(PATIENCE_S, window_bytes)
    world.at_end(connection.close)
    path = f"{TASKS}/{tasks.named(world, name).id}/stream"
    connection.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\r\n".encode())
    return connection


def _rest(connection: RawConnection) -> RawReply:
    return connection.receive(lambda data: data.endswith(_LAST_CHUNK))


def _slow(world: World) -> SlowReader:
    if "slow" not in world.memory:
        raise ScenarioFault("the scenario has no slow reader")
    slow: SlowReader = world.memory["slow"]
    return slow
