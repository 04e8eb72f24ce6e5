"""What a task weighs under fair queueing, and which share of the cost each flow has had.

What a task costs is in `costs`; the order that follows from both is the queue's.
"""

from collections import deque
from dataclasses import dataclass

from orchestratord.core.tasks import Priority

SHARE_WINDOW = 1000
PRIORITY_WEIGHT: dict[Priority, float] = {"interactive": 8.0, "batch": 1.0}


def flow_weight(tenant_weight: float, priority: Priority) -> float:
    """The weight of a tenant's tasks of one priority."""
    return tenant_weight * PRIORITY_WEIGHT[priority]


@dataclass(slots=True, eq=False)
class Dispatched:
    """One dispatch of a task, whose cost may be corrected once it is known."""

    tenant: str
    priority: Priority
    cost: float
    within: bool = True


class Shares:
    """The share of cost of each tenant and priority over the last 1,000 dispatches."""

    def __init__(self, window: int = SHARE_WINDOW) -> None:
        self._window = window
        self._last: deque[Dispatched] = deque()
        self._costs: dict[tuple[str, Priority], float] = {}

    def dispatched(self, tenant: str, priority: Priority, cost: float) -> Dispatched:
        """Count a dispatch at its estimated cost; what it answers with is what `settle` takes."""
        one = Dispatched(tenant, priority, cost)
        self._last.append(one)
        self._add(one, cost)
        if len(self._last) > self._window:
            oldest = self._last.popleft()
            oldest.within = False
            self._add(oldest, -oldest.cost)
        return one

    def settle(self, one: Dispatched, used: float) -> None:
        """Correct the cost of a dispatch to what was used, as long as it counts."""
        if one.within:
            self._add(one, used - one.cost)
        one.cost = used

    def shares(self) -> dict[tuple[str, Priority], float]:
        """The share of each tenant and priority that was dispatched; they add up to 1, or are all 0."""
        total = sum(self._costs.values())
        return {flow: cost / total if total > 0 else 0.0 for flow, cost in self._costs.items()}

    def _add(self, one: Dispatched, cost: float) -> None:
        # Costs are whole numbers of tokens, so the sums are exact.
        flow = (one.tenant, one.priority)
        self._costs[flow] = self._costs.get(flow, 0.0) + cost
        if not one.within and not self._costs[flow]:
            del self._costs[flow]
