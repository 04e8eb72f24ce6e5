"""The flows of order `wfq`: start and finish tags, virtual time, and which flows are forgotten. Items' order
is `_tags`'s.
"""

from bisect import insort
from dataclasses import dataclass, field

from orchestratord.core._queue._tickets import Waiting


@dataclass(slots=True)
class Flow:
    """The items of one tenant and priority: those that wait, in order of dispatch, and how many run."""

    weight: float = 1.0
    finish: float = 0.0
    running: int = 0
    waiting: list[Waiting] = field(default_factory=list)

    def place(self, item: Waiting) -> None:
        """Have an item wait among the others; mostly it is the last."""
        if self.waiting and _turn(item) < _turn(self.waiting[-1]):
            insort(self.waiting, item, key=_turn)
        else:
            self.waiting.append(item)


class Flows:
    """Start-time fair queueing without the order of dispatch; formulas and their source in the package's
    docstring.
    """

    def __init__(self) -> None:
        self.by_name: dict[tuple[str, int], Flow] = {}
        self.virtual_time = 0.0
        self.largest_finish = 0.0
        self._busy = 0  # items that wait or run
        self._idle: set[tuple[str, int]] = set()

    def start_tag(self, tenant: str, priority: int, without: Waiting | None = None) -> float:
        """The start tag of a new item, were the last waiting one `without` taken out before."""
        flow = self.by_name.get((tenant, priority))
        if flow is None:
            return self.virtual_time
        finish, last = flow.finish, flow.waiting[-1] if flow.waiting else None
        if without is not None and last is without:
            finish -= without.cost / flow.weight
            last = flow.waiting[-2] if len(flow.waiting) > 1 else None
        start = max(self.virtual_time, finish)
        return start if last is None else max(start, last.key)

    def add(self, item: Waiting, weight: float) -> None:
        """An item waits that is new, or new to its flow."""
        name = (item.tenant, item.priority)
        flow = self.by_name.setdefault(name, Flow())
        self._idle.discard(name)
        self._busy += 1
        flow.weight = weight
        flow.finish = item.key + item.cost / weight
        flow.place(item)

    def restore(self, item: Waiting) -> None:
        """A saved item waits again; its flow was restored before."""
        self._idle.discard((item.tenant, item.priority))
        self._busy += 1
        self.of(item).place(item)

    def restore_flow(self, tenant: str, priority: int, weight: float, finish: float) -> None:
        """A saved flow is there again."""
        self.by_name[tenant, priority] = Flow(weight, finish)
        self._idle.add((tenant, priority))

    def put_back(self, item: Waiting) -> None:
        """An item that ran waits again."""
        flow = self.of(item)
        flow.running -= 1
        flow.place(item)

    def dispatch(self, item: Waiting) -> None:
        """A waiting item runs."""
        flow = self.of(item)
        self.virtual_time = max(self.virtual_time, item.key)
        self.largest_finish = max(self.largest_finish, item.key + item.cost / flow.weight)
        flow.waiting.remove(item)
        flow.running += 1

    def withdraw(self, item: Waiting, used: float) -> None:
        """A waiting item is gone."""
        flow = self.of(item)
        if item.started:
            flow.finish += (used - item.cost) / flow.weight
        elif flow.waiting[-1] is item:
            flow.finish -= item.cost / flow.weight
        flow.waiting.remove(item)
        self._left(item, flow)

    def end(self, item: Waiting, used: float) -> None:
        """A running item has ended."""
        flow = self.of(item)
        flow.finish += (used - item.cost) / flow.weight
        flow.running -= 1
        self._left(item, flow)

    def rest(self) -> None:
        """End the busy period when nothing waits or runs, and forget idle flows that virtual time has
        reached.
        """
        if not self._busy:
            self.virtual_time = max(self.virtual_time, self.largest_finish)
        for name in [name for name in self._idle if self.by_name[name].finish <= self.virtual_time]:
            self._idle.remove(name)
            del self.by_name[name]

    def of(self, item: Waiting) -> Flow:
        """The flow of an item that waits or runs."""
        return self.by_name[item.tenant, item.priority]

    def _left(self, item: Waiting, flow: Flow) -> None:
        self._busy -= 1
        if not flow.waiting and not flow.running:
            self._idle.add((item.tenant, item.priority))


def _turn(item: Waiting) -> tuple[float, int]:
    return item.key, item.arrival
