"""The kinds of worlds that there are: what runs in one, and how it is drawn from its seed."""

from collections.abc import Callable
from dataclasses import dataclass

from orchsim.decisions import decide
from orchsim.outcome import Outcome
from orchsim.scenario import Scenario, drawn, shaken
from orchsim.world import simulate


@dataclass(frozen=True, slots=True)
class Kind:
    """`draw` makes the world of a seed with so many tasks. `run` runs a world, as `prepare` has changed it
    where that is given, and raises Violation.
    """

    draw: Callable[[int, int], Scenario]
    run: Callable[..., Outcome]


KINDS = {
    "decisions": Kind(drawn, decide),
    "service": Kind(drawn, simulate),
    "shaken": Kind(shaken, simulate),
}
