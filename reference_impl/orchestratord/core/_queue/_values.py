"""What goes into a queue and comes out of it: priorities, policies, tickets and placements. No behaviour."""

from collections.abc import Callable, Hashable
from typing import Literal, NamedTuple, TypeAlias

INTERACTIVE = 0
BATCH = 1

FullPolicy: TypeAlias = Literal["reject", "drop-lru", "shed-low-priority"]
Item: TypeAlias = Hashable
Doomed: TypeAlias = Callable[[Item, int], bool]


class Placed(NamedTuple):
    """The item waits.

    `position` counts those before it; `evicted` is the item that gave up its place, if one did.
    """

    position: int
    evicted: Item | None


class Refused(NamedTuple):
    """The queue is full and its policy refused the item."""

    policy: FullPolicy


class Ticket(NamedTuple):
    """A dequeued item with its place in the order of arrival, so that it can be put back."""

    item: Item
    priority: int
    arrival: int
    arrived_ms: float
