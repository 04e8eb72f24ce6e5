"""How the twin reads a snapshot: nothing of it is believed, and nothing changes before all of it is read."""

from math import inf, isnan

from orchestratord.core._queue import _checks
from orchestratord.core._queue._errors import DuplicateIdError, SnapshotError
from orchestratord.core._queue._values import Order, SavedFlow, SavedItem, Snapshot

_LARGEST_TAG = 1e300


def read_snapshot(snapshot: Snapshot, order: Order) -> Snapshot:
    """A snapshot with the right types. Raises SnapshotError, DuplicateIdError, or what a value of a wrong
    type raises.
    """
    if not isinstance(snapshot, tuple) or len(snapshot) != 7:
        raise _unfit("it has seven fields")
    saved_order, next_arrival, last_ms, virtual_time, largest_finish, flows, items = snapshot
    if saved_order != order:
        raise _unfit("it has another order")
    last_ms = _checks.number(last_ms)
    if isnan(last_ms) or last_ms == inf:
        raise _unfit("the latest arrival is no time")
    numbers = (_within_range(virtual_time), _within_range(largest_finish))
    if not isinstance(flows, tuple) or not isinstance(items, tuple):
        raise _unfit("flows and items are tuples")
    read_flows = tuple(_flow(flow) for flow in flows)
    names = {(flow.tenant, flow.priority) for flow in read_flows}
    if len(names) < len(read_flows):
        raise _unfit("a flow is there twice")
    read_items = tuple(_item(item) for item in items)
    _check_order(read_items, order, _number_of_arrival(next_arrival), names)
    return Snapshot(order, next_arrival, last_ms, *numbers, read_flows, read_items)


def _check_order(
    items: tuple[SavedItem, ...], order: Order, next_arrival: int, flows: set[tuple[str, int]]
) -> None:
    last_key, arrival, ids = -inf, 0, set()
    for item in items:
        if order == "wfq" and (item.tenant, item.priority) not in flows:
            raise _unfit("the flow of an item is not there")
        falls = order == "strict" and item.key < last_key
        if falls or not arrival <= item.arrival < next_arrival:
            raise _unfit("the items do not lie in the order of arrival")
        if item.id in ids:
            raise DuplicateIdError(f"an item of id {item.id!r} waits already")
        ids.add(item.id)
        last_key, arrival = item.key, item.arrival + 1


def _flow(saved: SavedFlow) -> SavedFlow:
    if not isinstance(saved, tuple) or len(saved) != 4:
        raise _unfit("a flow has four fields")
    tenant, priority, weight, finish = saved
    return SavedFlow(
        _checks.name(tenant, "a tenant"),
        _checks.priority(priority),
        _checks.weight(weight),
        _within_range(finish),
    )


def _item(saved: SavedItem) -> SavedItem:
    if not isinstance(saved, tuple) or len(saved) != 9:
        raise _unfit("an item has nine fields")
    item_id, payload, priority, tenant, arrival, key, latest, cost, started = saved
    return SavedItem(
        _checks.name(item_id, "an id"),
        payload,
        _checks.priority(priority),
        _checks.name(tenant, "a tenant"),
        _number_of_arrival(arrival),
        _within_range(key),
        _checks.latest(latest),
        _checks.cost(cost, "a cost"),
        bool(started),
    )


def _number_of_arrival(value: int) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a number of arrival is an int, not {type(value).__name__}")
    if not 0 <= value < 1 << 64:
        raise OverflowError(f"a number of arrival has 64 bits, not {value!r}")
    return value


def _within_range(value: float) -> float:
    number = _checks.number(value)
    if not abs(number) <= _LARGEST_TAG:
        raise _unfit("a number is out of range")
    return number


def _unfit(why: str) -> SnapshotError:
    return SnapshotError(f"this is no snapshot of such a queue: {why}")
