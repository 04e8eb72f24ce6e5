"""When tasks have to be looked at next, as long as they live."""

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

from orchsim.decisions.agenda import Agenda

if TYPE_CHECKING:
    from orchsim.decisions.task import Task


class Alarms:
    """Has one call on the agenda, for the first of them; what has ended meanwhile is passed over. Most tasks
    end long before their time.
    """

    def __init__(self, agenda: Agenda, look: "Callable[[Task], None]") -> None:
        self._agenda = agenda
        self._look = look
        self._due: list[tuple[float, int, Task]] = []
        self._number = 0
        self._next_ms = inf

    def set(self, when_ms: float, task: "Task") -> None:
        """Look at the task at this time."""
        self._number += 1
        heappush(self._due, (when_ms, self._number, task))
        if when_ms < self._next_ms:
            self._next_ms = when_ms
            self._agenda.at(when_ms, self._ring)

    def _ring(self) -> None:
        now_ms, due = self._agenda.now, self._due
        if now_ms < self._next_ms:
            return  # another call has passed what this one was for
        self._next_ms = -inf  # nothing is planned before all is done that is due now
        while due and (due[0][0] <= now_ms or due[0][2].ended):
            task = heappop(due)[2]
            if not task.ended:
                self._look(task)
        self._next_ms = inf
        if due:
            self._next_ms = due[0][0]
            self._agenda.at(self._next_ms, self._ring)
