"""Connections that are held for nothing: by clients that ask no more, by too many, and by those who read
nothing. And clients of HTTP/1.0, to whom the end of a connection is the end of an answer.
"""

import time

from orchqueue.kit import Exchange, NotTestable, now_ms
from orchqueue.kit.patience import PATIENCE_S
from orchqueue.kit.raw import RawConnection
from orchqueue_bdd import tasks
from orchqueue_bdd.servers import CONNECTIONS, IDLE_MS
from orchqueue_bdd.tasks import TASKS
from orchqueue_bdd.world import World

SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
WINDOW_BYTES = 2048
ANSWERED = b"200"


def idle(world: World, lines: bytes = b"") -> None:
    """Open a connection, have one request answered, and send nothing more than these bytes, now and then."""
    connection = _open(world)
    connection.send(SCRAPE)
    connection.receive_response()
    _remember(world, connection)
    begun = now_ms()
    while not connection.is_gone(0.05) and now_ms() < begun + PATIENCE_S * 1000.0:
        connection.send(lines)
    world.memory["idle ms"] = now_ms() - begun


def is_closed_in_time(world: World) -> None:
    """Demand that the connection was closed, and not before the time that the configuration gives it."""
    waited: float = world.memory["idle ms"]
    assert _remembered(world).is_gone(0.0), f"the connection is still open after {waited:.0f} ms"
    assert waited > IDLE_MS * 0.8, f"the connection was closed after {waited:.0f} ms"


def leave_unread(world: World) -> None:
    """Ask for more and more, and read none of it, until the server closes the connection or time is up."""
    connection = _remember(world, _open(world, WINDOW_BYTES))
    begun = now_ms()
    while not connection.is_gone(0.0) and now_ms() < begun + PATIENCE_S * 1000.0:
        if not connection.send_some(SCRAPE * 50):
            time.sleep(0.02)


def is_closed(world: World) -> None:
    """Demand that the server has closed the connection."""
    assert _remembered(world).is_gone(0.0), f"the connection is still open after {PATIENCE_S:g} s"


def hold_too_many(world: World) -> None:
    """Open three times as many connections as the server takes, and begin a request on each."""
    held = world.memory["held"] = []
    for _ in range(3 * CONNECTIONS):
        held.append(_open(world))
        held[-1].send(SCRAPE[:10])


def late_is_served(world: World) -> None:
    """Demand an answer on a connection that comes after all these."""
    late = _open(world)
    late.send(SCRAPE)
    reply = late.receive_response(timeout_s=PATIENCE_S)
    assert reply.data.split(b" ")[1:2] == [ANSWERED], f"who came last was answered {reply.data[:100]!r}"


def some_gave_way(world: World) -> None:
    """Demand that of the held connections many were closed at once, since one whose time is over is told."""
    held: list[RawConnection] = world.memory["held"]
    replies = [connection.receive_until_closed(timeout_s=PATIENCE_S) for connection in held]
    silent = sum(reply.closed and not reply.data for reply in replies)
    assert silent >= CONNECTIONS / 2, f"of {len(held)} connections only {silent} gave way to others"


def read_as_1_0(world: World, name: str) -> None:
    """Read the stream of a task as a client of HTTP/1.0 does: to the end of the connection."""
    task = tasks.named(world, name)
    key = world.server.keys["data"]
    connection = _open(world)
    connection.send(f"GET {TASKS}/{task.id}/stream HTTP/1.0\r\nX-API-Key: {key}\r\n\r\n".encode())
    reply = connection.receive_until_closed(timeout_s=PATIENCE_S)
    head, _, body = reply.data.partition(b"\r\n\r\n")
    if head.split(b" ")[1:2] != [ANSWERED]:
        raise NotTestable(f"a client of HTTP/1.0 was answered {head[:100]!r}")
    world.memory["1.0"] = head.lower(), body, reply.closed


def is_plain(world: World) -> None:
    """Demand that no transfer coding was used, and that the connection was closed at the end."""
    head, _, closed = world.memory["1.0"]
    assert b"transfer-encoding" not in head, f"a client of HTTP/1.0 was sent {head!r}"
    assert closed, "the connection stays open behind the answer"


def is_same_as(world: World, name: str) -> None:
    """Demand the very bytes that a client of HTTP/1.1 gets of the stream."""
    task = tasks.named(world, name)
    answer: Exchange = world.client().get(f"{TASKS}/{task.id}/stream")
    _, body, _ = world.memory["1.0"]
    assert body == answer.body, f"over HTTP/1.0 the stream is {body[:200]!r}"


def _open(world: World, window_bytes: int | None = None) -> RawConnection:
    connection = world.client(None).raw(timeout_s=PATIENCE_S, window_bytes=window_bytes)
    world.at_end(connection.close)
    return connection


def _remember(world: World, connection: RawConnection) -> RawConnection:
    world.memory["connection"] = connection
    return connection


def _remembered(world: World) -> RawConnection:
    connection: RawConnection = world.memory["connection"]
    return connection
