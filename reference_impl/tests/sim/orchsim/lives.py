"""What the simulation itself knows of each task: the truth that the service's account is held against."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from orchestratord.core.budgets import Amount
from orchestratord.service import Job

if TYPE_CHECKING:
    from orchsim.spending import Purse

NOTHING = Amount(0, 0, 0)


@dataclass(slots=True, eq=False)
class Life:
    """One task from its client's first attempt to its terminal event. Times are milliseconds of the
    simulation, `number` its place in the order of creation, `arrival` in the order of acceptance.

    `prompt_tokens` are estimated by its size, `tokens_in` as its engine counts them. What the service has of
    its output is `tokens_said`, in `decoded_ms` from the first to the last of each attempt, the last of them
    `spoke_at` an engine; `paused` says that it was stopped and has said nothing since.
    """

    number: int
    tenant: str
    priority: Literal["interactive", "batch"]
    session: int
    real_tokens: int
    allowed_tokens: int
    prompt_tokens: int
    deadline_ms: int
    strict: bool = False
    attempts: int = 0
    refusals: int = 0
    advice_ms: int | None = None
    job: Job | None = None
    arrival: int = -1
    accepted_ms: float = 0.0
    started_ms: float | None = None
    first_position: int = 0
    on_time: float = 0.0
    predicted_start_ms: float = 0.0
    measured: bool = False
    dispatches: int = 0
    at_engine: str | None = None
    finished_by_engine: bool = False
    spoke: bool = False
    leased: str | None = None
    cancel_said: bool = False
    stopped: int = 0
    ended_ms: float | None = None
    ending: str = ""
    given_up: bool = False
    events_at_end: int = 0
    purse: "Purse | None" = None
    hold: Amount = NOTHING
    tokens_in: int = 0
    tokens_said: int = 0
    decoded_ms: float = 0.0
    spoke_at: str | None = None
    paused: bool = False

    def alone(self) -> "Life":
        """The same life without the service's own record of it, so that it can leave its process."""
        return replace(self, job=None, purse=None)


class Waiting:
    """The tasks that wait in one pool, by class and arrival, as a plain model of its queue; `put` counts
    those that were put back since somebody last set it to 0.
    """

    def __init__(self) -> None:
        self.interactive: dict[int, Life] = {}
        self.batch: dict[int, Life] = {}
        self.lines = {"interactive": self.interactive, "batch": self.batch}
        self.returned: dict[int, Life] = {}
        self.put = 0

    def add(self, life: Life) -> None:
        """A task was accepted; it is the last of its class."""
        self.lines[life.priority][life.number] = life

    def remove(self, life: Life) -> None:
        """A task waits no more, however that came."""
        self.lines[life.priority].pop(life.number, None)
        self.returned.pop(life.number, None)

    def put_back(self, life: Life) -> None:
        """A task whose attempt failed waits again, in the place of its arrival, or rests before."""
        self.returned[life.number] = life
        self.put += 1

    def first(self, priority: str, tenant: str | None = None) -> Life | None:
        """The earliest that waits, of all or of one tenant."""
        line, first = self.lines[priority], None
        for first in line.values():
            if tenant is None or first.tenant == tenant:
                break
        else:
            first = None
        if not self.returned:
            return first
        for life in self.returned.values():
            resting = life.job is None or life.job.ticket is not None
            if life.priority != priority or resting or (tenant is not None and life.tenant != tenant):
                continue
            if first is None or life.arrival < first.arrival:
                first = life
        return first

    def back(self) -> int:
        """How many are in the queue for a second time; the others that were put back rest."""
        return sum(life.job is not None and life.job.ticket is None for life in self.returned.values())

    def __len__(self) -> int:
        """How many are in the queue."""
        waiting = len(self.interactive) + len(self.batch)
        return waiting + self.back() if self.returned else waiting
