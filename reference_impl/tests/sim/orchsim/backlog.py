"""Flows that always have something waiting, and the shares of cost that each gets."""

from collections.abc import Iterator
from itertools import count

from orchestratord.core.fairness import flow_weight
from orchestratord.core.tasks import PRIORITIES, Priority
from orchsim.crowd import Crowd
from orchsim.lives import Life
from orchsim.scenario import Scenario, Tenant

WINDOW = 1_000
STEP = 250

Flow = tuple[str, str]


class Backlog(Crowd):
    """Each flow has more clients than there are slots; each submits again once its task has ended."""

    async def come(self) -> None:
        """Until as many tasks were submitted as the scenario has."""
        numbers = count(1)
        for tenant in self.scenario.tenants:
            for priority in PRIORITIES if self.scenario.batch else PRIORITIES[:1]:
                for _ in range(self.scenario.backlog):
                    self._spawn(self._go_on(numbers, tenant, priority))
        await self._all_gone()

    async def _go_on(self, numbers: "count[int]", tenant: Tenant, priority: Priority) -> None:
        while not self.stopped and (number := next(numbers)) <= self.scenario.tasks:
            self._create(number, tenant, priority)
            life = self.laws.lives[number]
            if await self._submit(life, obedient=False) and (job := life.job) is not None:
                while not job.ended:
                    await job.bell.wait(600)


def weights(scenario: Scenario) -> dict[Flow, float]:
    """The share that each flow is due."""
    priorities = PRIORITIES if scenario.batch else PRIORITIES[:1]
    due = {(t.name, p): flow_weight(t.weight, p) for t in scenario.tenants for p in priorities}
    return {flow: weight / sum(due.values()) for flow, weight in due.items()}


def shares(order: list[Life], scenario: Scenario) -> Iterator[dict[Flow, float]]:
    """The shares of actual cost, prompt and output in tokens, in windows of 1,000 dispatches in succession
    while every flow had something waiting.
    """
    backlogged = order[: len(order) - scenario.backlog * len(weights(scenario))]
    for begin in range(0, len(backlogged) - WINDOW + 1, STEP):
        spent = dict.fromkeys(weights(scenario), 0.0)
        for life in backlogged[begin : begin + WINDOW]:
            assert life.job is not None
            spent[life.tenant, life.priority] += life.job.tokens_in + life.job.decoded
        yield {flow: cost / sum(spent.values()) for flow, cost in spent.items()}
