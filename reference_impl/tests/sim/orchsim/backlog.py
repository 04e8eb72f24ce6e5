"""Flows that always have something waiting, and the share of cost that each gets."""

from collections import Counter
from collections.abc import Iterator
from itertools import count

from orchestratord.core.tasks import PRIORITIES, Priority
from orchsim.crowd import Crowd
from orchsim.lives import Life
from orchsim.promises import UNMISSED_MS
from orchsim.scenario import Lengths, Scenario, Tenant
from orchsim.sharing import Share, Sharing, shares

WINDOW = 1_000
LEARNT = 3_000  # dispatches, by when each flow has had all tasks that came before there was an estimate


class Backlog(Crowd):
    """Each flow has more clients than there are slots; each submits again once its task has ended, or once
    those of a whole burst have.
    """

    async def come(self) -> None:
        """Until as many tasks were submitted as the scenario has."""
        self._numbers = count(1)
        self._done: Counter[tuple[str, Priority]] = Counter()
        for tenant in self.scenario.tenants:
            for priority in PRIORITIES if self.scenario.batch else PRIORITIES[:1]:
                self._come(tenant, priority, self.scenario.backlog)
        await self._all_gone()

    def _come(self, tenant: Tenant, priority: Priority, tasks: int) -> None:
        for _ in range(tasks):
            if not self.stopped and (number := next(self._numbers)) <= self.scenario.tasks:
                self._spawn(self._one(self.newcomers.one(number, tenant, priority), tenant))

    async def _one(self, life: Life, tenant: Tenant) -> None:
        flow = (tenant.name, life.priority)
        if await self._submit(life, obedient=False) and (job := life.job) is not None:
            while not job.ended:
                await job.bell.wait(600)
        self._done[flow] += 1
        if self._done[flow] >= max(1, self.scenario.burst):
            self._come(tenant, life.priority, self._done.pop(flow))


def backlogged(seed: int, tasks: int, lengths: Lengths = "uniform", burst: int = 0) -> Scenario:
    """Four flows, the least of which is due one part in 36, of tenants that allow little and much more than
    their tasks need. New tasks come so many at a time.
    """
    return Scenario(
        seed=seed,
        tasks=tasks,
        order="wfq",
        capacity=1_000,
        batch=0.5,
        backlog=24,
        objective_ms=UNMISSED_MS,
        burst=burst,
        deadline=1e6,
        deadline_spread=0.0,
        lengths=lengths,
        tenants=(Tenant("a", 1, 1, 1.2), Tenant("b", 1, 3, 3.0)),
    )


def window_shares(sharing: Sharing, first: int = LEARNT) -> Iterator[list[Share]]:
    """The shares of cost in windows of 1,000 dispatches, from the dispatch of this number on."""
    return (shares(got) for got in sharing.spans((WINDOW,), first))
