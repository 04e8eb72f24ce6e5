"""The bounded queue of a pool: its interface and its value types. The orders and policies live in the twins
behind it.

`_fast` is the queue in C, `_pure` the same in Python: `IMPLEMENTATION` says which of them `create_queue`
makes. Times are milliseconds on whatever clock the caller keeps; the queue never reads one. An item is named
by a string and carries a payload that the queue only hands on.

Order `strict`: interactive before batch, by arrival within each; a batch item that has waited `age_ms` is
merged into the interactive ones by its arrival. Order `wfq`: start-time fair queueing (P. Goyal, H. M. Vin,
H. Cheng, "Start-time Fair Queueing", SIGCOMM 1996) over flows, one per tenant and priority. An item's start
tag is S = max(V, F of the flow, S of the flow's last waiting item), after which the flow's F = S + cost /
weight; the least (S, arrival) goes first, and V becomes max(V, S) of what is dispatched, or the largest
finish tag dispatched when nothing waits or runs. At its end an item moves its flow's F by (used - estimated
cost) / weight; an item that is cancelled or evicted as the last waiting one of its flow gives its cost back;
a flow in which nothing waits or runs is forgotten once F <= V. A flow's weight is the one that its latest
item came with.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Protocol, cast

from orchestratord.core._queue._errors import DuplicateIdError, QueueError, SnapshotError, TicketError
from orchestratord.core._queue._pure import PureQueue
from orchestratord.core._queue._values import (
    BATCH,
    INTERACTIVE,
    Entry,
    FullPolicy,
    Order,
    Placed,
    Refused,
    SavedFlow,
    SavedItem,
    Snapshot,
)

if TYPE_CHECKING:
    from orchestratord.core._queue._fast import Queue as FastQueue

__all__ = [
    "BATCH",
    "IMPLEMENTATION",
    "INTERACTIVE",
    "AdmissionQueue",
    "DuplicateIdError",
    "Entry",
    "FullPolicy",
    "Order",
    "Placed",
    "PureQueue",
    "QueueError",
    "Refused",
    "SavedFlow",
    "SavedItem",
    "Snapshot",
    "SnapshotError",
    "Ticket",
    "TicketError",
    "create_queue",
]


class Ticket(Protocol):
    """A dispatched item. It is settled or put back once, and then void."""

    @property
    def id(self) -> str: ...
    @property
    def payload(self) -> object: ...
    @property
    def priority(self) -> int: ...
    @property
    def tenant(self) -> str: ...
    @property
    def arrival(self) -> int: ...
    @property
    def key(self) -> float:
        """When it arrived, ms (strict), or its start tag (wfq)."""
        ...

    @property
    def latest_start_ms(self) -> float: ...
    @property
    def cost(self) -> float: ...
    @property
    def started(self) -> bool:
        """Whether it had run before this dispatch."""
        ...


class AdmissionQueue(Protocol):
    """What a pool asks of its queue; both implementations give the same answers to the same calls.

    Costs are 0 to 1e15, weights 1e-6 to 1e6, times finite. Values that are not, and a priority other than 0
    and 1, raise ValueError, ids and tenants that are no strings TypeError. After an error, of memory too, the
    queue is as it was.
    """

    @property
    def capacity(self) -> int:
        """How many items may wait."""
        ...

    @property
    def policy(self) -> FullPolicy:
        """What a full queue does."""
        ...

    @property
    def order(self) -> Order:
        """In which order items are dispatched."""
        ...

    @property
    def age_ms(self) -> float:
        """How long a batch item waits before it competes by arrival, under `strict`."""
        ...

    @property
    def virtual_time(self) -> float:
        """V of order `wfq`; 0 under `strict`."""
        ...

    def set_bounds(self, capacity: int, policy: FullPolicy, age_ms: float, /) -> None:
        """Hold so many items from now on, and act so when full; O(1). Those that wait keep their places.

        Raises ValueError as `create_queue` does; then nothing has changed.
        """
        ...

    def enqueue(  # noqa: PLR0917 - a call by position costs half of one by name
        self,
        item_id: str,
        payload: object,
        priority: int,
        now_ms: float,
        /,
        tenant: str = "",
        cost: float = 1.0,
        weight: float = 1.0,
        latest_start_ms: float | None = None,
    ) -> int | Placed | Refused:
        """Place an item last of its priority: its position, or with whom it evicted when a full queue gave it
        a place.

        Amortised O(1), under `wfq` O(log n). A time before the latest arrival counts as that. Of the class
        that loses a place, an item whose `latest_start_ms` is before `now_ms` goes first; one that has
        started never goes. Raises DuplicateIdError when an item of this id waits already.
        """
        ...

    def would_refuse(self, priority: int, /) -> bool:
        """Whether `enqueue` of an item of this priority would answer with a refusal now."""
        ...

    def dequeue(self, now_ms: float, /, hold_batch: bool = False) -> Ticket | None:
        """Take the next item out; O(1), under `wfq` O(log n). None when nothing waits.

        `hold_batch`: under `wfq`, no batch item as long as an interactive one waits. `strict` prefers those
        anyway.
        """
        ...

    def peek(self, now_ms: float, /, hold_batch: bool = False) -> Entry | None:
        """The item that `dequeue` would take."""
        ...

    def put_back(self, ticket: Ticket, /, started: bool = False) -> None:
        """Return a dequeued item to the place that its arrival gives it, whatever the capacity. It never
        loses its turn.

        That is the head of its class, behind others that came back and arrived before it. An item that has
        `started` is not evicted any more. Raises TicketError, or DuplicateIdError when another of its id
        waits.
        """
        ...

    def settle(self, ticket: Ticket, used: float, /) -> None:
        """A dequeued item has ended and has caused this cost. Under `wfq` each ticket needs it, if not put
        back.

        Raises TicketError.
        """
        ...

    def cancel(self, item_id: str, /, used: float = 0.0) -> bool:
        """Take a waiting item out; O(log n). False when it does not wait. `used`: the cost of one that had
        started.
        """
        ...

    def reprioritise(self, item_id: str, priority: int, /, weight: float = 1.0) -> bool:
        """Move a waiting item to a priority; amortised O(log² n). False when it does not wait; one that has
        the priority stays as it is.

        It keeps its arrival. Under `strict` that gives it its place in the new class. Under `wfq` it leaves
        its flow as a cancelled one does (with cost 0 if it had started) and enters the tenant's other flow as
        a new one does, with its own estimated cost and `weight` for that flow; its arrival counts where start
        tags are equal.
        """
        ...

    def position(self, item_id: str, now_ms: float, /) -> int | None:
        """How many items would be dequeued before this one; O(log n). None when it does not wait."""
        ...

    def arrivals_ahead(self, priority: int, now_ms: float, /, tenant: str = "") -> int:
        """The position that an item would get if it came now and nothing were evicted."""
        ...

    def length(self, priority: int, /) -> int:
        """How many items of one priority wait."""
        ...

    def tenant_length(self, tenant: str, /) -> int:
        """How many items of one tenant wait."""
        ...

    def __len__(self) -> int:
        """How many items wait."""
        ...

    def __contains__(self, item_id: object, /) -> bool:
        """Whether an item of this id waits."""
        ...

    def ordered(self, now_ms: float, /) -> Iterator[Entry]:
        """The items that wait now in the order in which they would be dequeued now."""
        ...

    def snapshot(self) -> Snapshot:
        """All that `restore` needs, as plain values. Items that run are not part of it."""
        ...

    def restore(self, snapshot: Snapshot, /) -> None:
        """Become the queue of the snapshot, whatever its capacity was; tickets from before are void.

        Raises SnapshotError or DuplicateIdError; then nothing has changed.
        """
        ...


_Factory = type[PureQueue] | type["FastQueue"]


def _choose() -> tuple[Literal["c", "python"], _Factory]:
    if os.environ.get("ORCHESTRATORD_PURE") == "1":
        return "python", PureQueue
    try:
        from orchestratord.core._queue._fast import Queue  # noqa: PLC0415 - it may be missing
    except ImportError:  # it was not built: there was no compiler
        return "python", PureQueue
    return "c", Queue


IMPLEMENTATION, _queue_type = _choose()


def create_queue(capacity: int, policy: FullPolicy, age_ms: float, order: Order = "strict") -> AdmissionQueue:
    """A queue for `capacity` items of both priorities together.

    Raises ValueError, naming the value, for an order or policy that there is not, a capacity below 1 or a
    negative age.
    """
    return cast("AdmissionQueue", _queue_type(capacity, policy, age_ms, order))
