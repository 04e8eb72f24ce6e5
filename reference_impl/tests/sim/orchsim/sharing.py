"""Whether flows that have work waiting share cost by their weights: what each got, and how far from that the
order of dispatch may leave it.

The order is start-time fair queueing, whose Theorem 1 (P. Goyal, H. M. Vin, H. Cheng, SIGCOMM 1996) says that
over any span in which two flows are backlogged their cost / weight differs by no more than a largest task /
weight of the one and of the other. There a task's cost is known when it comes. Here it is estimated, and put
right at the end, when the flow's waiting tasks have their places: so a flow's span is widened by what the
estimates of its tasks in the pool are off by, more at one time of it than at another, and by the places that
tasks took who then left the middle of the queue.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from orchsim.lives import Life

SPANS = (20, 100, 1_000)  # dispatches
STEP = 25
ROUNDING = 1e-6
EVICTED = ("QUEUE_FULL_DROP_LRU", "ADMISSION_REJECT")

Flow = tuple[str, str]


@dataclass(slots=True)
class Arrival:
    """A task of a flow as the flow's account sees it: its cost, what its flow's estimates were off by when it
    came (those of the tasks in the pool, together), and what the flow had lost until then.
    """

    life: Life
    estimate: float
    cost: float
    off: float = 0.0
    lost: float = 0.0
    tag: float = 0.0


@dataclass(slots=True)
class FlowAccount:
    """One flow: all its arrivals, the numbers of those that wait, and what it had dispatched."""

    weight: float
    arrivals: list[Arrival] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    dispatched: list[int] = field(default_factory=list)
    off: float = 0.0
    lost: float = 0.0
    finish: float = 0.0
    backlogged_since: int | None = None
    got: float = 0.0
    largest: float = 1.0

    def come(self, life: Life) -> None:
        """A task is accepted. What a flow is owed beyond its last waiting task, it has lost."""
        assert life.job is not None
        came = Arrival(life, life.job.estimate.cost, self._cost(life), self.off)
        last = self.arrivals[self.waiting[-1]].tag if self.waiting else self.finish
        self.lost += max(0.0, last - self.finish)
        came.tag, came.lost = max(self.finish, last), self.lost
        self.finish = came.tag + came.estimate
        self.off += came.estimate - came.cost
        self.waiting.append(len(self.arrivals))
        self.arrivals.append(came)

    def start(self, number: int) -> None:
        """A task is dispatched."""
        self.waiting.remove(number)
        self.dispatched.append(number)
        self.got += self.arrivals[number].cost
        self.largest = max(self.largest, self.arrivals[number].cost)

    def leave(self, number: int) -> None:
        """A task that never ran is gone. As the last it gives its place back, else the flow has lost it."""
        came = self.arrivals[number]
        if number == self.waiting[-1]:
            self.finish -= came.estimate
            self.off -= came.estimate
        else:
            self.lost += came.estimate
            self.off -= came.estimate
        self.waiting.remove(number)

    def end(self, number: int) -> None:
        """A task that ran has ended."""
        came = self.arrivals[number]
        self.finish += came.cost - came.estimate
        self.off -= came.estimate - came.cost

    def moment(self, dispatch: int) -> "Moment":
        """How it is just before a dispatch."""
        if not self.waiting:
            self.backlogged_since = None
        elif self.backlogged_since is None:
            self.backlogged_since = dispatch
        head = self.waiting[0] if self.waiting else -1
        return Moment(head, self.dispatched[-1] if self.dispatched else -1, self.got, self.backlogged_since)

    @staticmethod
    def _cost(life: Life) -> float:
        assert life.job is not None
        return life.job.used


@dataclass(frozen=True, slots=True)
class Moment:
    """A flow just before a dispatch: its first waiting task and its last dispatched one (-1: none), its cost
    so far, and since which dispatch it has been backlogged.
    """

    head: int
    last: int
    cost: float
    since: int | None


@dataclass(frozen=True, slots=True)
class Got:
    """What a backlogged flow got in a span: cost, its largest task, how much its estimates add to what it may
    get beside its due, and its largest task of all.
    """

    flow: Flow
    weight: float
    cost: float
    largest: float
    slack: float
    largest_ever: float

    @property
    def bound(self) -> float:
        """By how much its cost may differ from that of an ideal order, as virtual time."""
        return (self.largest + self.slack) / self.weight


class Sharing:
    """The account of one pool, from what was told of each event in order."""

    def __init__(self) -> None:
        self._told: list[tuple[Literal["came", "started", "ended"], Life]] = []

    def tell(self, what: Literal["came", "started", "ended"], life: Life) -> None:
        """An event of a task: accepted, dispatched for the first time, over."""
        self._told.append((what, life))

    def spans(self, lengths: tuple[int, ...] = SPANS, first: int = 0) -> Iterator[list[Got]]:
        """What each flow got that was backlogged throughout, for many spans in which at least two were, from
        the dispatch of this number on.
        """
        flows, moments = self._replayed()
        for length in lengths:
            for begin in range(first, len(moments) - length, STEP):
                got = [
                    one
                    for flow, account in flows.items()
                    if (one := _got(flow, account, moments, begin, begin + length)) is not None
                ]
                if len(got) > 1:
                    yield got

    def _replayed(self) -> tuple[dict[Flow, FlowAccount], list[dict[Flow, Moment]]]:
        flows: dict[Flow, FlowAccount] = {}
        numbers: dict[int, int] = {}
        moments: list[dict[Flow, Moment]] = []
        for what, life in self._in_order():
            assert life.job is not None
            account = flows.setdefault((life.tenant, life.priority), FlowAccount(life.job.weight))
            number = numbers.setdefault(life.number, len(account.arrivals))
            if what == "came":
                account.come(life)
            elif what == "started":
                moments.append({flow: each.moment(len(moments)) for flow, each in flows.items()})
                account.start(number)
            elif life.dispatches:
                account.end(number)
            else:
                account.leave(number)
        moments.append({flow: each.moment(len(moments)) for flow, each in flows.items()})
        return flows, moments

    def _in_order(self) -> Iterator[tuple[str, Life]]:
        """Who is evicted is gone before the one who comes in its place is there."""
        told = list(self._told)
        for at in range(len(told) - 1):
            (before, one), (what, other) = told[at : at + 2]
            evicted = what == "ended" and other.given_up and other.ending in EVICTED
            if evicted and before == "came" and one is not other and not other.dispatches:
                told[at], told[at + 1] = told[at + 1], told[at]
        return iter(told)


def _got(
    flow: Flow, account: FlowAccount, moments: list[dict[Flow, Moment]], begin: int, end: int
) -> Got | None:
    """None when at one of the dispatches the flow had nothing waiting."""
    after = moments[end].get(flow)
    if after is None or after.since is None or after.since > begin:
        return None
    before = moments[begin][flow]
    order, first = account.dispatched, max(0, before.last)
    ran = order[bisect_left(order, first) : bisect_right(order, after.last)]
    span = account.arrivals[first : after.head + 1]
    off = [came.off for came in span]
    return Got(
        flow,
        account.weight,
        after.cost - before.cost,
        max((account.arrivals[number].cost for number in ran), default=0.0),
        max(off) - min(off) + span[-1].lost - span[0].lost,
        account.largest,
    )


@dataclass(frozen=True, slots=True)
class Share:
    """A flow's share of the cost of a span: how many of its largest tasks its weight gives it, and as parts
    of that, how far what it got is from it, and how far it may be.
    """

    flow: Flow
    due_tasks: float
    off: float
    bound: float


def shares(got: list[Got]) -> list[Share]:
    """What each of the backlogged flows had of what they had together."""
    cost, weight = sum(one.cost for one in got), sum(one.weight for one in got)
    bounds = sum(one.weight * one.bound for one in got)
    found = []
    for one in got:
        part = one.weight / weight
        bound = one.weight * one.bound * (1 - part) + part * (bounds - one.weight * one.bound)
        due = cost * part
        found.append(Share(one.flow, due / one.largest_ever, one.cost / due - 1, bound / due))
    return found


def unfair(got: list[Got]) -> tuple[Got, Got] | None:
    """Two flows that are further apart than the order may leave them."""
    for one, other in combinations(got, 2):
        apart = abs(one.cost / one.weight - other.cost / other.weight)
        if apart > (one.bound + other.bound) * (1 + ROUNDING):
            return one, other
    return None
