"""Clients: they submit, follow advice or don't, cancel, and end sessions."""

from collections import Counter
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.tasks import PRIORITIES, Priority
from orchsim.arrivals import gaps_ms
from orchsim.decisions.agenda import Agenda
from orchsim.decisions.desk import Desk
from orchsim.newcomers import Newcomers
from orchsim.scenario import Scenario, Tenant

if TYPE_CHECKING:
    from orchsim.laws import Laws
    from orchsim.lives import Life


class Clients:
    """All clients of one world. What they still have in mind is awaited; `returned` counts those obedient
    ones that came back, and of them the admitted.
    """

    def __init__(self, scenario: Scenario, desk: Desk, laws: "Laws", agenda: Agenda) -> None:
        self.scenario = scenario
        self.desk = desk
        self.laws = laws
        self.agenda = agenda
        self.random = Random(scenario.seed * 2 + 1)
        self.newcomers = Newcomers(scenario, self.random, laws.lives)
        self.returned = 0
        self.returned_admitted = 0
        self.stopped = False
        self._gaps = gaps_ms(scenario.arrivals, scenario.gap_ms, self.random)

    def come(self) -> None:
        """Everyone arrives, by the scenario's law of arrivals."""
        self.agenda.awaited += 1
        self._arrive(1)

    def stop(self) -> None:
        """Nobody comes any more."""
        self.stopped = True

    def _arrive(self, number: int) -> None:
        plan = self.scenario
        self.agenda.awaited -= 1
        if self.stopped or number > plan.tasks:
            return
        life, habits, mood = self.newcomers.next(number), plan.clients, self.random.random()
        obedient = mood < habits.obedient
        self.agenda.awaited += 1
        self._submit(life, obedient, obedient or mood < habits.obedient + habits.disobedient)
        at_once = plan.burst_after < number + 1 <= plan.burst_after + plan.burst
        self.agenda.expect(0.0 if at_once else next(self._gaps), self._arrive, number + 1)

    def _submit(self, life: "Life", obedient: bool, patient: bool) -> None:
        back = obedient and life.attempts > 0
        self.agenda.awaited -= 1
        if self.stopped and life.attempts:
            return
        life.attempts += 1
        self.returned += back
        try:
            task = self.desk.submit(life, self.newcomers.specs[life.number])
        except OrchestratorError as error:
            self._refused(life, error, obedient, patient)
            return
        told = task.forecast
        life.on_time, life.predicted_start_ms = told.on_time, told.start_ms
        life.first_position, life.measured = told.position, task.measured
        self.returned_admitted += back
        self._after_acceptance(life)

    def _refused(self, life: "Life", error: OrchestratorError, obedient: bool, patient: bool) -> None:
        laws, advice_ms = self.laws, error.retry_after_ms
        life.refusals += 1
        life.advice_ms = advice_ms
        laws.refused(life.number, error)
        laws.refusals[error.code] = laws.refusals.get(error.code, 0) + 1
        if patient and advice_ms is not None and life.attempts <= self.scenario.clients.returns:
            wait_ms = advice_ms if obedient else self.random.uniform(1, 20)
            self.agenda.expect(wait_ms, self._submit, life, obedient, patient)

    def _after_acceptance(self, life: "Life") -> None:
        plan, random = self.scenario, self.random
        if plan.sessions.deleted and random.random() < plan.sessions.deleted:
            self.agenda.expect(random.uniform(0, 2) * plan.service_ms, self._delete_session, life)
        if plan.clients.cancel and random.random() < plan.clients.cancel:
            mean_ms = plan.service_ms * random.choice((0.2, 1, 5))
            self.agenda.expect(random.expovariate(1 / mean_ms), self._cancel, life)

    def _cancel(self, life: "Life") -> None:
        self.agenda.awaited -= 1
        for _ in range(self.random.choice((1, 1, 2))):
            said = self.desk.cancel(life)
            self.laws.note("cancelled", life.number, said)
            if said != "already-finished":
                if life.cancel_said:
                    self.laws.broken("one terminal event", f"task {life.number} was cancelled twice")
                life.cancel_said = True
            if not life.job.ended:
                self.laws.broken("one terminal event", f"task {life.number} was cancelled and goes on")

    def _delete_session(self, life: "Life") -> None:
        self.agenda.awaited -= 1
        if not self.stopped:
            self.laws.note("session ended", life.number)
            self.laws.spending.deleted(life.tenant, life.session)
            self.desk.delete_session(life)


class Backlog(Clients):
    """Each flow has more clients than there are slots; each submits again once its task has ended, or once
    those of a whole burst have.
    """

    def come(self) -> None:
        self._numbers = count(1)
        self._done: Counter[tuple[str, Priority]] = Counter()
        self._tenants = {one.name: one for one in self.scenario.tenants}
        self.desk.over = self._over
        for tenant in self.scenario.tenants:
            for priority in PRIORITIES if self.scenario.batch else PRIORITIES[:1]:
                self._more(tenant, priority, self.scenario.backlog)

    def _more(self, tenant: Tenant, priority: Priority, tasks: int) -> None:
        for _ in range(tasks):
            if (number := next(self._numbers)) <= self.scenario.tasks:
                life = self.newcomers.one(number, tenant, priority)
                self.agenda.expect(0.0, self._submit, life, False, False)

    def _over(self, life: "Life") -> None:
        flow = (life.tenant, life.priority)
        self._done[flow] += 1
        if self._done[flow] >= max(1, self.scenario.burst):
            self._more(self._tenants[life.tenant], life.priority, self._done.pop(flow))
