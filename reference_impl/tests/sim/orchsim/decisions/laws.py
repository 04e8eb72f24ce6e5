"""The laws for the decisions alone: those of every world, but for what only the whole service has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchsim.laws import HELD_SLACK_MS, Laws

if TYPE_CHECKING:
    from orchestratord.core.leases import Leases
    from orchsim.decisions.agenda import Agenda
    from orchsim.decisions.desk import Desk
    from orchsim.decisions.engine import Engine
    from orchsim.decisions.pool import Pool, Worker
    from orchsim.lives import Life, Waiting
    from orchsim.scenario import Scenario


@dataclass(slots=True)
class Watched:
    """One pool, what should wait in it, its workers with their leases and names, and how many waited after
    the event before: of all, and of those that had been put back.
    """

    pool: "Pool"
    waiting: "Waiting"
    workers: "list[tuple[Worker, Leases, str]]"
    queued: int = 0
    back: int = 0


class DecisionLaws(Laws):
    """Holds the desk against the simulation's own account."""

    runs = "decisions"
    function = "decide"

    def __init__(self, scenario: "Scenario", pools: list[str], agenda: "Agenda") -> None:
        super().__init__(scenario, pools)
        self.now = agenda.now_ms
        self._agenda = agenda
        self._watched: list[Watched] = []

    def watch(self, desk: "Desk", engines: "dict[str, Engine]") -> None:
        super().watch(desk, engines)
        self._watched = [
            Watched(
                pool, self.waiting[pool.id], [(one, one.leases, one.name) for one in pool.workers.values()]
            )
            for pool in desk.pools.values()
        ]

    def note(self, what: str, number: int, *details: object) -> None:
        self._trace.append((self._agenda.now, what, number, details))

    def after_event(self) -> None:
        """What every world is held to, each law by a comparison of two numbers."""
        leased = self._leased
        for one in self._watched:
            pool, waiting = one.pool, one.waiting
            queued, back = len(pool.queue), waiting.back() if waiting.returned else 0
            if queued != len(waiting.interactive) + len(waiting.batch) + back:
                self._lost(pool, queued)
            if queued > one.queued or back != one.back:
                self._check_capacity(pool, queued, one.queued, max(back - one.back, waiting.put))
            one.queued, one.back, waiting.put = queued, back, 0
            for worker, leases, name in one.workers:
                active = leases.active
                if active != leased[name]:
                    self._unbalanced(active, name)
                if queued and active < worker.all_slots and self._idles(pool, worker):
                    self._idle(name, queued)
        if self._ended:
            for life in self._ended:
                self._check_end(life)
            self._ended.clear()
        if self.violation is not None:
            raise self.violation

    def _idles(self, pool: "Pool", worker: "Worker") -> bool:
        return worker.free_slots(self._agenda.now - HELD_SLACK_MS) > 0 and self._idle_in_vain(pool, worker)

    def _check_end(self, life: "Life") -> None:
        task = life.job
        if not task.ended or task.worker is not None or task.ticket is not None:
            self.broken("one terminal event", f"task {life.number} has ended and goes on")

    def check_decided(self, desk: "Desk") -> None:
        """At the end of everything: nobody is left, and nothing is held."""
        for life in self.lives.values():
            self._check_life(life)
        for name, engine in self._engines.items():
            if engine.busy:
                self.broken("slots", f"{name} still runs {engine.busy} tasks after the end")
        for name, held in desk.held.items():
            if held.tasks:
                self.broken("quotas", f"tenant {name} still holds {held.tasks} tasks")
        for pool, sharing in self.sharing.items():
            self._check_shares(pool, sharing)
        if self.violation is not None:
            raise self.violation

    def _check_life(self, life: "Life") -> None:
        task = life.job
        if task is None:
            return
        if life.ended_ms is None or not task.ended:
            self.broken("nothing lost", f"task {life.number} was accepted and never ended")
        if life.leased is not None:
            self.broken("leases balance", f"task {life.number} ended and still holds a lease")
        self.spending.check_all_over(life, self.now())
        if life.ending == "end" and not life.finished_by_engine:
            self.broken("nothing lost", f"task {life.number} was completed, its engine did not finish")
