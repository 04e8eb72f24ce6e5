"""What goes into a queue and what it answers with: priorities, orders, policies, entries, placements,
snapshots. No behaviour.
"""

from typing import Literal, NamedTuple, TypeAlias

INTERACTIVE = 0
BATCH = 1

Order: TypeAlias = Literal["strict", "wfq"]
FullPolicy: TypeAlias = Literal["reject", "drop-lru", "shed-low-priority"]

ORDERS: tuple[Order, ...] = ("strict", "wfq")
POLICIES: tuple[FullPolicy, ...] = ("reject", "drop-lru", "shed-low-priority")


class Entry(NamedTuple):
    """An item that waits, or has just been evicted."""

    id: str
    payload: object
    priority: int
    tenant: str


class Placed(NamedTuple):
    """The item waits, and another gave up its place for it. `position` counts those before it."""

    position: int
    evicted: Entry


class Refused(NamedTuple):
    """The queue is full and its policy refused the item."""

    policy: FullPolicy


class SavedFlow(NamedTuple):
    """A flow of order `wfq`: what its next start tag follows from."""

    tenant: str
    priority: int
    weight: float
    finish: float


class SavedItem(NamedTuple):
    """A waiting item. `key` is its time of arrival in ms under `strict`, its start tag under `wfq`."""

    id: str
    payload: object
    priority: int
    tenant: str
    arrival: int
    key: float
    latest_start_ms: float
    cost: float
    started: bool


class Snapshot(NamedTuple):
    """All that a queue of an order knows, items by arrival; running items are not part of it."""

    order: Order
    next_arrival: int
    last_arrived_ms: float
    virtual_time: float
    largest_finish: float
    flows: tuple[SavedFlow, ...]
    items: tuple[SavedItem, ...]
