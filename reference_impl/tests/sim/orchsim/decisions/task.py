"""An accepted task as the decisions need it, and nothing more."""

from typing import TYPE_CHECKING

from orchestratord.core.task_states import TaskState

if TYPE_CHECKING:
    from orchestratord.core._queue import Ticket
    from orchestratord.core.admission import Admitted
    from orchestratord.core.sessions import Session
    from orchestratord.core.tasks import TaskSpec
    from orchsim.decisions.engine import Attempt
    from orchsim.decisions.pool import Pool, Worker
    from orchsim.lives import Life


QUEUED, ENDED = TaskState.QUEUED, TaskState.ENDED


class Task:
    """Times are milliseconds; None has not happened. `attempt` is what it has at an engine, `look_at_ms` when
    its next alarm is due.
    """

    __slots__ = (
        "accepted_ms",
        "attempt",
        "attempts",
        "avoid",
        "deadline_at_ms",
        "decoded",
        "ends_ms",
        "estimate",
        "first_token_ms",
        "forecast",
        "hold",
        "job_id",
        "last_token_ms",
        "lease",
        "life",
        "measured",
        "outages",
        "pool",
        "preempted",
        "preemptions",
        "ran_ms",
        "replica_id",
        "session",
        "spec",
        "started_ms",
        "state",
        "stopped_ms",
        "taken_ms",
        "tenant",
        "ticket",
        "tokens_before",
        "tokens_in",
        "warm",
        "weight",
        "worker",
    )

    def __init__(
        self,
        life: "Life",
        spec: "TaskSpec",
        job_id: str,
        pool: "Pool",
        session: "Session",
        admitted: "Admitted",
        tokens_in: int,
        now_ms: float,
    ) -> None:
        self.life = life
        self.spec = spec
        self.tenant = life.tenant
        self.job_id = job_id
        self.pool = pool
        self.session = session
        self.forecast = admitted.forecast
        self.hold = admitted.need
        self.estimate = admitted.estimate
        self.measured = pool.times[spec.priority].measured
        self.tokens_in = tokens_in
        self.weight = admitted.weight
        self.accepted_ms = now_ms
        self.deadline_at_ms = now_ms + spec.deadline_ms
        self.state = QUEUED
        self.ticket: Ticket | None = None
        self.worker: Worker | None = None
        self.replica_id: str | None = None
        self.attempt: Attempt | None = None
        self.lease = 0
        self.attempts = 0
        self.avoid: frozenset[str] = frozenset()
        self.started_ms: float | None = None
        self.first_token_ms: float | None = None
        self.last_token_ms: float | None = None
        self.taken_ms = self.ends_ms = self.ran_ms = self.stopped_ms = 0.0
        self.decoded = self.tokens_before = self.outages = self.preemptions = 0
        self.warm = self.preempted = False

    @property
    def ended(self) -> bool:
        """Whether it is settled how it ended."""
        return self.state is ENDED

    @property
    def used(self) -> float:
        """What it has cost, in tokens: nothing before its first dispatch."""
        return 0.0 if self.started_ms is None else float(self.tokens_in + self.decoded)

    @property
    def decode_ms(self) -> float:
        """From its first token to its last, without what it was stopped for."""
        if self.first_token_ms is None or self.last_token_ms is None:
            return 0.0
        return self.last_token_ms - self.first_token_ms - self.stopped_ms
