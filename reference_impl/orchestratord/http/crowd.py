"""How many connections a server has, and which one gives way when there are too many.

It counts and chooses; closing a connection is the connection's own.
"""

from collections.abc import Callable
from typing import Protocol


class Connection(Protocol):
    """Someone at the other end."""

    def give_way(self) -> None:
        """Close the connection at once; it may leave the crowd later."""


class Crowd:
    """At most `limit` connections. `full` is told each time that one has to give way.

    The one that has waited longest for a request goes first. A new one waits, too, so where nobody else does
    it is the new one that goes.
    """

    def __init__(self, limit: int, full: Callable[[], None]) -> None:
        self._limit = limit
        self._full = full
        self._all: set[Connection] = set()
        self._waiting: dict[Connection, None] = {}

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self._all)

    def came(self, connection: Connection) -> None:
        """A connection was made, and waits for a request."""
        # OC-CTRL-2047
        self._all.add(connection)
        self.waits(connection)
        if len(self._all) > self._limit:
            longest = next(iter(self._waiting))
            self.left(longest)
            self._full()
            longest.give_way()

    def waits(self, connection: Connection) -> None:
        """A connection waits for a request from now on."""
        if connection in self._all:
            self._waiting.pop(connection, None)
            self._waiting[connection] = None

    def works(self, connection: Connection) -> None:
        """A connection has a request that is to be answered."""
        self._waiting.pop(connection, None)

    def left(self, connection: Connection) -> None:
        """A connection is gone. One that has left before may leave again."""
        self._all.discard(connection)
        self._waiting.pop(connection, None)
