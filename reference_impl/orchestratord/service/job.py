"""One accepted task while the server knows it: its state, its events, what it holds and what it took.

No behaviour of its own.
"""

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct, field, structs

from orchestratord.core._queue import Ticket
from orchestratord.core.budgets import Amount
from orchestratord.core.catalog.models import Model
from orchestratord.core.costs import Estimate
from orchestratord.core.event_log import EventLog
from orchestratord.core.fairness import Dispatched
from orchestratord.core.pool_view import Forecast
from orchestratord.core.sessions import Session
from orchestratord.core.task_states import TaskMove, TaskState, moved
from orchestratord.core.tasks import Priority, TaskKey, TaskSpec
from orchestratord.service.bell import Bell

if TYPE_CHECKING:
    from orchestratord.service.pool import Pool
    from orchestratord.service.worker import Worker


class Submitter(Struct, frozen=True, gc=False):
    """Who submitted a task, and under which correlation id."""

    tenant: str
    key_id: str
    correlation_id: str


class Lease(Struct):
    """A slot of a worker that a task holds, and the task of the event loop that talks to the engine."""

    worker: "Worker"
    number: int
    taken_ms: float
    runner: "asyncio.Task[None] | None" = None


class Job(Struct, eq=False):
    """An accepted task. Times are milliseconds on the service's clock; None has not happened.

    `estimate` is what it was taken to cost when it came, `tokens_in` the estimate of its prompt until the
    engine gave its count, `tokens_out` the engine's count where it gave one. `preempted` is true from the
    moment it is stopped for another until it goes on; what it had then is in `said`, `tokens_before` and
    `ran_ms`, the time that it had a slot; `stopped_ms` is how long it had none between two tokens. `heard`
    says that a client knows how it ended. The `spec` of a task that has ended is without its texts, and
    `said` is empty. `model` is the one of the catalog that it has, `model_ref` what its pools call that.
    `hold` is what it has set aside of its session's budgets. Of its replica, `outages` is
    how often it had ceased to be ready at the dispatch; `warm` says that it has the session's KV state,
    `strayed` that another one served the session last.
    """

    key: TaskKey
    spec: TaskSpec
    asked_priority: Priority
    job_id: str
    submitter: Submitter
    pool: "Pool"
    accepted_ms: float
    forecast: Forecast
    predicted_from_measure: bool
    tokens_in: int
    session: Session
    hold: Amount
    estimate: Estimate
    log: EventLog
    weight: float = 1.0
    kv_bytes: int = 0
    model_ref: str = ""
    model: Model | None = None
    bell: Bell = field(default_factory=Bell)
    state: TaskState = TaskState.QUEUED
    ticket: Ticket | None = None
    dispatched: Dispatched | None = None
    avoid: frozenset[str] = frozenset()
    attempts: int = 0
    lease: Lease | None = None
    replica_id: str | None = None
    started_ms: float | None = None
    first_token_ms: float | None = None
    last_token_ms: float | None = None
    ended_ms: float | None = None
    token_events: int = 0
    tokens_out: int | None = None
    metrics_due_at: int = 1
    metrics_ms: float = 0.0
    metrics_fresh: bool = False
    readers: int = 0
    heard: bool = False
    held_back: bool = False
    preempted: bool = False
    preemptions: int = 0
    said: list[str] = field(default_factory=list)
    tokens_before: int = 0
    ran_ms: float = 0.0
    stopped_ms: float = 0.0
    outages: int = 0
    warm: bool = False
    strayed: bool = False
    alarm: asyncio.TimerHandle | None = None
    rest: asyncio.TimerHandle | None = None

    @property
    def asked_for(self) -> TaskSpec:
        """The task as it was submitted, whatever priority a policy gave it."""
        return structs.replace(self.spec, priority=self.asked_priority)

    @property
    def ended(self) -> bool:
        """Whether it is settled how it ended. Its terminal event may have to wait for its transcript."""
        return self.state is TaskState.ENDED

    @property
    def deadline_at_ms(self) -> float:
        """When its result is of no more use."""
        return self.accepted_ms + self.spec.deadline_ms

    @property
    def decoded(self) -> int:
        """How many tokens it has: the engine's count, or that of the events where it gave none."""
        return self.token_events if self.tokens_out is None else self.tokens_out

    @property
    def sampler_profile_version(self) -> str:
        """The sampler profile that it is decoded with: its own choice, or its pool's."""
        return self.spec.sampler_profile_version or self.pool.plan.sampler_profile_version

    @property
    def resumable(self) -> bool:
        """Whether it may be stopped for another and go on later."""
        return self.spec.priority == "batch" and self.pool.plan.preemption.mode == "hard"

    @property
    def used(self) -> float:
        """What it has cost, in tokens: nothing before its first dispatch."""
        return 0.0 if self.started_ms is None else float(self.tokens_in + self.decoded)

    @property
    def decode_ms(self) -> float:
        """From its first token to its last."""
        if self.first_token_ms is None or self.last_token_ms is None:
            return 0.0
        return self.last_token_ms - self.first_token_ms

    def move(self, move: TaskMove) -> None:
        """Change its state by the table."""
        self.state = moved(self.state, move)
