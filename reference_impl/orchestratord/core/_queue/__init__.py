"""The bounded queue of a pool: its interface and its value types.

The orders and policies live in the twins behind it.

An item is anything hashable. Times are milliseconds on whatever clock the caller keeps; the queue never
reads one.
"""

from collections.abc import Iterator
from typing import Protocol

from orchestratord.core._queue._pure import PureQueue
from orchestratord.core._queue._values import (
    BATCH,
    INTERACTIVE,
    Doomed,
    FullPolicy,
    Item,
    Placed,
    Refused,
    Ticket,
)

__all__ = [
    "BATCH",
    "INTERACTIVE",
    "AdmissionQueue",
    "Doomed",
    "FullPolicy",
    "Item",
    "Placed",
    "PureQueue",
    "Refused",
    "Ticket",
    "create_queue",
]


class AdmissionQueue(Protocol):
    """What a pool asks of its queue; every implementation gives the same answers to the same calls."""

    @property
    def capacity(self) -> int:
        """How many items may wait."""
        ...

    def enqueue(
        self, item: Item, priority: int, now_ms: float, doomed: Doomed | None = None
    ) -> Placed | Refused:
        """Place an item last of its priority; amortised O(1). A full queue acts by its policy.

        `doomed(item, position)` says of a waiting item whether it is lost anyway: such a one gives up its
        place before others of its class. Raises ValueError when the item waits already.
        """
        ...

    def dequeue(self, now_ms: float) -> Ticket | None:
        """Take the next item out; O(log n). None when nothing waits."""
        ...

    def peek(self, now_ms: float) -> Item | None:
        """The item that `dequeue` would take."""
        ...

    def put_back(self, ticket: Ticket) -> None:
        """Return a dequeued item to the place that its arrival gives it, whatever the capacity.

        It never loses its turn.
        """
        ...

    def cancel(self, item: Item) -> bool:
        """Take a waiting item out; O(log n). False when it does not wait."""
        ...

    def position(self, item: Item, now_ms: float) -> int | None:
        """How many items would be dequeued before this one; O(log n). None when it does not wait."""
        ...

    def arrivals_ahead(self, priority: int, now_ms: float) -> int:
        """The position that an item of this priority would get if it came now and nothing were evicted."""
        ...

    def length(self, priority: int) -> int:
        """How many items of one priority wait."""
        ...

    def __len__(self) -> int:
        """How many items wait."""
        ...

    def ordered(self, now_ms: float) -> Iterator[Item]:
        """The waiting items in the order in which they would be dequeued now."""
        ...


def create_queue(capacity: int, policy: FullPolicy, age_ms: float) -> AdmissionQueue:
    """A queue in order `strict`.

    `capacity` counts items of both priorities; a batch item that has waited `age_ms` is merged into the
    interactive ones by its arrival.
    """
    return PureQueue(capacity, policy, age_ms)
