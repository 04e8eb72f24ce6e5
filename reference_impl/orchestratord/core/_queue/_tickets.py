"""What the twin keeps of an item: while it waits, and as the ticket of a dispatched one. No behaviour."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Waiting:
    """An item that waits. `key` is its time of arrival under `strict`, its start tag under `wfq`."""

    id: str
    payload: object
    priority: int
    tenant: str
    arrival: int
    key: float
    latest_start_ms: float
    cost: float
    started: bool


class PureTicket(Waiting):
    """A dispatched item. It is settled or put back once, and then void."""

    __slots__ = ("owner",)
    owner: object | None
