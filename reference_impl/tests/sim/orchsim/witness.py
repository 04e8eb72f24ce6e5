"""Remembers what happened in a world, so that whoever finds that a law was broken can tell how it came."""

from collections import deque
from collections.abc import Iterable

from orchsim.scenario import Scenario, drawn, shaken

TRACED = 40


class Violation(AssertionError):  # noqa: N818 - what is wrong is the world, told by its law
    """A law was broken. `law` names it; the message has the command that replays it, and what
    happened before.
    """

    def __init__(self, law: str, what: str, replay: str, trace: list[str]) -> None:
        lines = "\n".join(f"  {line}" for line in trace)
        super().__init__(f"{law}: {what}\nreplay: {replay}\nthe last events before it, times in ms:\n{lines}")
        self.law = law


class Witness:
    """Keeps the last events and the first violation. `now` is the simulated time in milliseconds, `before`
    what is told before the events; `runs` is what is simulated, by the name that `run.py` has for it, and
    `function` by that of the function.
    """

    runs = "service"
    function = "simulate"

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.now = lambda: 0.0
        self.before: Iterable[str] = ()
        self.violation: Violation | None = None
        self._trace: deque[tuple[float, str, int, tuple[object, ...]]] = deque(maxlen=TRACED)
        self._changed = True

    def note(self, what: str, number: int, *details: object) -> None:
        """Remember an event for the trace."""
        self._trace.append((self.now(), what, number, details))
        self._changed = True

    def broken(self, law: str, what: str) -> None:
        """A law was broken: the first time is kept, and ends the run after this event."""
        if self.violation is None:
            trace = [
                f"{at:12.1f}  {event:<14} task {number:<6} {' '.join(map(str, details))}"
                for at, event, number, details in self._trace
            ]
            told = f"{what} at {self.now():.1f} ms"
            self.violation = Violation(law, told, self._replay(), [*self.before, *trace])

    def crashed(self, crash: Exception) -> Violation:
        """What was raised where nothing should be, as the breach of a law."""
        place = crash.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        line = place.tb_lineno if place is not None else 0
        self.broken("no defects", f"{type(crash).__name__}: {crash} in line {line}")
        assert self.violation is not None
        return self.violation

    def _replay(self) -> str:
        scenario = self.scenario
        command = f"python reference_impl/tests/sim/run.py --seeds {scenario.seed} --tasks {scenario.tasks}"
        for kind, draw in ((self.runs, drawn), ("shaken", shaken)):
            if scenario == draw(scenario.seed, scenario.tasks):
                return f"{command} --world {kind}"
        return f"{self.function}({scenario})"
