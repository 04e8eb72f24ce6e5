"""What is measured: the queue, and what one would write in Python with usual parts. Each fills itself and
runs pairs.

A pair is an enqueue and a dequeue. The rivals do what the queue does for them: ids can be cancelled (a dict),
the order is that of two priorities or of start tags; only SortedList knows positions too.
"""

from abc import ABC, abstractmethod
from collections import deque
from heapq import heappop, heappush
from typing import Any

from sortedcontainers import SortedList

from orchestratord.core._queue import AdmissionQueue, PureQueue
from orchestratord.core._queue._fast import Queue


class Subject(ABC):
    """Waits to be measured."""

    @abstractmethod
    def fill(self, ids: list[str], tenants: list[str]) -> None:
        """Have these items wait."""

    @abstractmethod
    def pairs(self, ids: list[str], tenants: list[str]) -> None:
        """Enqueue each of these, and dequeue one after each."""


class Strict(Subject):
    """The queue in order `strict`, both priorities in use, nothing aged."""

    def __init__(self, queue: AdmissionQueue) -> None:
        self.queue = queue

    def fill(self, ids: list[str], tenants: list[str]) -> None:
        for number, name in enumerate(ids):
            self.queue.enqueue(name, None, number & 1, 0.0)

    def pairs(self, ids: list[str], tenants: list[str]) -> None:
        enqueue, dequeue = self.queue.enqueue, self.queue.dequeue
        for name in ids:
            enqueue(name, None, 0, 0.0)
            dequeue(0.0)


class Fair(Strict):
    """The queue in order `wfq`, each item charged and of another flow than the one before."""

    def fill(self, ids: list[str], tenants: list[str]) -> None:
        for number, name in enumerate(ids):
            self.queue.enqueue(name, None, 0, 0.0, tenants[number], float(100 + number % 57))

    def pairs(self, ids: list[str], tenants: list[str]) -> None:
        enqueue, dequeue = self.queue.enqueue, self.queue.dequeue
        for name, tenant in zip(ids, tenants, strict=False):
            enqueue(name, None, 0, 0.0, tenant, 128.0)
            dequeue(0.0)


class Settled(Fair):
    """The same with the third call that each task needs under `wfq`."""

    def pairs(self, ids: list[str], tenants: list[str]) -> None:
        enqueue, dequeue, settle = self.queue.enqueue, self.queue.dequeue, self.queue.settle
        for name, tenant in zip(ids, tenants, strict=False):
            enqueue(name, None, 0, 0.0, tenant, 128.0)
            ticket = dequeue(0.0)
            assert ticket is not None
            settle(ticket, 100.0)


class Heap(Subject):
    """heapq of lists, with a dict by id for cancels."""

    def __init__(self) -> None:
        self.heap: list[list[Any]] = []
        self.by_id: dict[str, list[Any]] = {}
        self.arrivals = 0

    def fill(self, ids: list[str], tenants: list[str]) -> None:
        for number, name in enumerate(ids):
            self._push(name, number & 1)

    def _push(self, name: str, priority: int) -> None:
        entry = [priority, self.arrivals, name, None]
        self.arrivals += 1
        self.by_id[name] = entry
        heappush(self.heap, entry)

    def pairs(self, ids: list[str], tenants: list[str]) -> None:
        heap, by_id, arrival = self.heap, self.by_id, self.arrivals
        for name in ids:
            entry = [0, arrival, name, None]
            arrival += 1
            by_id[name] = entry
            heappush(heap, entry)
            del by_id[heappop(heap)[2]]
        self.arrivals = arrival


class FairHeap(Heap):
    """heapq of lists by start tag, with a dict by id and a dict of finish tags."""

    def __init__(self) -> None:
        super().__init__()
        self.finish: dict[str, float] = {}
        self.virtual_time = 0.0

    def fill(self, ids: list[str], tenants: list[str]) -> None:
        for number, name in enumerate(ids):
            self._place(name, tenants[number], float(100 + number % 57))

    def _place(self, name: str, tenant: str, cost: float) -> None:
        start = max(self.virtual_time, self.finish.get(tenant, 0.0))
        self.finish[tenant] = start + cost
        entry = [start, self.arrivals, name, None]
        self.arrivals += 1
        self.by_id[name] = entry
        heappush(self.heap, entry)

    def pairs(self, ids: list[str], tenants: list[str]) -> None:
        heap, by_id, place = self.heap, self.by_id, self._place
        for name, tenant in zip(ids, tenants, strict=False):
            place(name, tenant, 128.0)
            entry = heappop(heap)
            self.virtual_time = max(self.virtual_time, entry[0])
            del by_id[entry[2]]


class Sorted(Subject):
    """SortedList of tuples, with a dict by id; it knows positions."""

    def __init__(self) -> None:
        self.rows: Any = SortedList()
        self.by_id: dict[str, tuple[int, int, str]] = {}
        self.arrivals = 0

    def fill(self, ids: list[str], tenants: list[str]) -> None:
        self.by_id = {name: (number & 1, number, name) for number, name in enumerate(ids)}
        self.rows.update(self.by_id.values())
        self.arrivals = len(ids)

    def pairs(self, ids: list[str], tenants: list[str]) -> None:
        rows, by_id, arrival = self.rows, self.by_id, self.arrivals
        for name in ids:
            row = (0, arrival, name)
            arrival += 1
            by_id[name] = row
            rows.add(row)
            del by_id[rows.pop(0)[2]]
        self.arrivals = arrival


class Deques(Subject):
    """A deque per priority and a dict by id; it knows no position."""

    def __init__(self) -> None:
        self.lanes: tuple[deque[str], deque[str]] = (deque(), deque())
        self.by_id: dict[str, None] = {}

    def fill(self, ids: list[str], tenants: list[str]) -> None:
        for number, name in enumerate(ids):
            self.lanes[number & 1].append(name)
            self.by_id[name] = None

    def pairs(self, ids: list[str], tenants: list[str]) -> None:
        interactive, batch = self.lanes
        by_id = self.by_id
        for name in ids:
            interactive.append(name)
            by_id[name] = None
            lane = interactive or batch
            while (first := lane.popleft()) not in by_id:
                continue
            del by_id[first]


class Nothing(Subject):
    """Two calls into C that do nothing: what calling costs."""

    def fill(self, ids: list[str], tenants: list[str]) -> None:
        self.list: list[str] = []

    def pairs(self, ids: list[str], tenants: list[str]) -> None:
        one, other = self.list.__len__, self.list.copy
        for _ in ids:
            one()
            other()


SUBJECTS = {
    "strict C": lambda: Strict(Queue(2_000_000, "reject", 1e9, "strict")),
    "strict twin": lambda: Strict(PureQueue(2_000_000, "reject", 1e9, "strict")),
    "heapq + dict": Heap,
    "SortedList + dict": Sorted,
    "deques + dict": Deques,
    "two no-op calls": Nothing,
    "wfq C": lambda: Fair(Queue(2_000_000, "reject", 1e9, "wfq")),
    "wfq C, settled": lambda: Settled(Queue(2_000_000, "reject", 1e9, "wfq")),
    "wfq twin": lambda: Fair(PureQueue(2_000_000, "reject", 1e9, "wfq")),
    "wfq heapq + dict": FairHeap,
}
