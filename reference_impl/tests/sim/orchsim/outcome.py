"""How a world went."""

from dataclasses import dataclass, field

from orchsim.lives import Life
from orchsim.scenario import Scenario
from orchsim.sharing import Sharing


@dataclass
class Outcome:
    """Every task, how many events there were, and what obedient clients met."""

    scenario: Scenario
    lives: dict[int, Life]
    events: int
    returned: int
    returned_admitted: int
    simulated_s: float
    order: list[Life]
    sharing: dict[str, Sharing] = field(default_factory=dict)
    endings: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
