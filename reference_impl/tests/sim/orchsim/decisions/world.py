"""One world of the decisions from its beginning to its end."""

from collections.abc import Callable

from orchsim.decisions.agenda import Agenda
from orchsim.decisions.clients import Backlog, Clients
from orchsim.decisions.desk import TICK_MS, Desk
from orchsim.decisions.laws import DecisionLaws
from orchsim.garbage import uncollected
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
            agenda.run(laws.after_event)
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

    def let_go(self) -> None:
        """Untie what knows of each other once all is over, so that a world goes with its outcome and nobody
        has to look for it: that takes a tenth of the time.
        """
        for life in self.laws.lives.values():
            if life.job is not None:
                del life.job.life, life.job.pool
        self.agenda.clear()
        for one in (self.laws, self.desk, self.clients.newcomers):
            vars(one).clear()

    def _stop(self) -> None:
        self.clients.stop()
        self.desk.shut()


def decide(scenario: Scenario, prepare: Callable[[DecisionWorld], None] | None = None) -> Outcome:
    """Run the decisions of one world. Raises Violation when a law is broken in it."""
    with uncollected():
        world = DecisionWorld(scenario, prepare)
        outcome = world.run()
        world.let_go()
        return outcome
