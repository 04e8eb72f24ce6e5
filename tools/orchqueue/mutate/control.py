"""The control: a server with nothing wrong, which has to survive whatever has caught a mutant.

What it does not survive fails whatever a server does, so what that has caught is void.
"""

from collections.abc import Callable, Sequence

from orchqueue.mutate.errors import MutateError
from orchqueue.mutate.matrix import Row
from orchqueue.mutate.workplace import Case

TRIES = 2  # a scenario that a busy machine failed once is no fault of the mutants

# Runs scenarios with nothing wrong, and says of each what it found, "" for nothing.
Run = Callable[[Sequence[Case]], Sequence[str]]


class Control:
    """What the control of a campaign has survived so far."""

    def __init__(self) -> None:
        self._sound: set[str] = set()

    def failing(self, cases: Sequence[Case], rows: Sequence[Row], run: Run) -> dict[str, str]:
        """Try what caught these mutants; by its title, say of each scenario that fails with nothing wrong
        what it found.

        Raises MutateError when the control has survived none yet: then the whole campaign is void.
        """
        titles = {kill.scenario for row in rows for kill in row.killed_by} - self._sound
        failing = {case: "" for case in cases if case.title in titles}
        for _ in range(TRIES):
            tried = sorted(failing, key=lambda case: (case.server, case.place))
            failing = {case: why for case, why in zip(tried, run(tried), strict=True) if why}
        found = {case.title: why for case, why in failing.items()}
        self._sound |= titles - found.keys()
        # OC-TEST-7012
        if found and not self._sound:
            title, why = next(iter(found.items()))
            raise MutateError(
                "the campaign is void: a server with nothing wrong survives nothing that caught a mutant; "
                f"{title}: {why}"
            )
        return found
