"""One world of the decisions from its beginning to its end."""

import gc
from collections.abc import Callable

from orchsim.decisions.agenda import Agenda
from orchsim.decisions.clients import Backlog, Clients
from orchsim.decisions.desk import TICK_MS, Desk
from orchsim.decisions.laws import DecisionLaws
from orchsim.outcome import Outcome
from orchsim.scenario import Scenario
from orchsim.witness import Violation


class DecisionWorld:
    """A scenario brought to life. `prepare` may change the desk before anything happens: plant a bug."""

    def __init__(self, scenario: Scenario, prepare: Callable[["DecisionWorld"], None] | None = None) -> None:
        self.scenario = scenario
        self.agenda = agenda = Agenda()
        self.laws = laws = DecisionLaws(scenario, [f"p{number}" for number in range(scenario.pools)], agenda)
        self.service = self.desk = desk = Desk(scenario, agenda, laws)
        self.clients = (Backlog if scenario.backlog else Clients)(scenario, desk, laws, agenda)
        if prepare is not None:
            prepare(self)
        laws.watch(
            desk,
            {worker.name: worker.engine for pool in desk.pools.values() for worker in pool.workers.values()},
        )

    def run(self) -> Outcome:
        """Until everyone has gone and every slot is idle. Raises Violation, for a crash as well."""
        scenario, agenda, laws = self.scenario, self.agenda, self.laws
        begun_ms = agenda.now
        agenda.later(TICK_MS, self.desk.tick)
        self.clients.come()
        if scenario.stop_early:
            agenda.later(scenario.gap_ms * scenario.tasks * scenario.stop_early, self._stop)
        try:
            self._pass_time()
        except Violation:
            raise
        except Exception as crash:
            raise laws.crashed(crash) from crash
        laws.endings = endings = laws.counted_endings()
        laws.check_decided(self.desk)
        return Outcome(
            scenario,
            laws.lives,
            agenda.count,
            self.clients.returned,
            self.clients.returned_admitted,
            (agenda.now - begun_ms) / 1000,
            laws.order,
            laws.sharing,
            endings,
            dict(laws.refusals),
        )

    def _pass_time(self) -> None:
        clients, desk = self.clients, self.desk
        self.agenda.run(lambda: clients.coming or desk.live or desk.cooling, self.laws.after_event)

    def _stop(self) -> None:
        self.clients.stop()
        self.desk.shut()


def decide(scenario: Scenario, prepare: Callable[[DecisionWorld], None] | None = None) -> Outcome:
    """Run the decisions of one world. Raises Violation when a law is broken in it."""
    collects = gc.isenabled()
    gc.disable()  # most of what a world makes it keeps to its end
    try:
        return DecisionWorld(scenario, prepare).run()
    finally:
        if collects:
            gc.enable()
