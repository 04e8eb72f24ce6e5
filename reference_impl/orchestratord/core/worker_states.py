"""Whether a worker may get tasks, as a table of states, and what is known of it.

Asking the engine is the shell's.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from orchestratord.core.tasks import Workload


class WorkerState(StrEnum):
    """Where a worker stands."""

    PROVISIONING = "provisioning"
    READY = "ready"
    UNREADY = "unready"


class WorkerNews(StrEnum):
    """What was heard of a worker."""

    HEALTHY = "healthy"
    NOT_READY = "not-ready"
    UNREACHABLE = "unreachable"
    STALE = "heartbeat-stale"
    SUSPECT = "suspect"


TRANSITIONS: dict[tuple[WorkerState, WorkerNews], WorkerState] = {
    (WorkerState.PROVISIONING, WorkerNews.HEALTHY): WorkerState.READY,
    (WorkerState.PROVISIONING, WorkerNews.NOT_READY): WorkerState.UNREADY,
    (WorkerState.PROVISIONING, WorkerNews.UNREACHABLE): WorkerState.UNREADY,
    (WorkerState.PROVISIONING, WorkerNews.STALE): WorkerState.UNREADY,
    (WorkerState.READY, WorkerNews.HEALTHY): WorkerState.READY,
    (WorkerState.READY, WorkerNews.NOT_READY): WorkerState.UNREADY,
    (WorkerState.READY, WorkerNews.UNREACHABLE): WorkerState.UNREADY,
    (WorkerState.READY, WorkerNews.STALE): WorkerState.UNREADY,
    (WorkerState.READY, WorkerNews.SUSPECT): WorkerState.UNREADY,
    (WorkerState.UNREADY, WorkerNews.HEALTHY): WorkerState.READY,
    (WorkerState.UNREADY, WorkerNews.NOT_READY): WorkerState.UNREADY,
    (WorkerState.UNREADY, WorkerNews.UNREACHABLE): WorkerState.UNREADY,
    (WorkerState.UNREADY, WorkerNews.STALE): WorkerState.UNREADY,
    (WorkerState.UNREADY, WorkerNews.SUSPECT): WorkerState.UNREADY,
}


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine says about itself.

    `slots` can run at once; `ctx` is per slot; `kv_usage` a ratio where it tells one. `workloads` None is
    all that its adapter can ask for.
    """

    version: str
    slots: int
    ctx: int
    model: str | None = None
    model_digest: str | None = None
    kv_usage: float | None = None
    workloads: frozenset[Workload] | None = None


@dataclass(slots=True)
class WorkerHealth:
    """The state of one worker, the last thing heard, and when (milliseconds; None before the first
    answer). `outages` counts how often it has ceased to be ready.
    """

    state: WorkerState = WorkerState.PROVISIONING
    facts: EngineFacts | None = None
    last_heartbeat_ms: float | None = None
    last_error: str | None = field(default=None)
    outages: int = 0

    @property
    def ready(self) -> bool:
        """Whether tasks may be dispatched to it."""
        return self.state is WorkerState.READY

    def heard(self, news: WorkerNews, reason: str | None = None) -> bool:
        """Take news in; answers whether readiness changed.

        `reason` is kept as the last error of a worker that fails.
        """
        was_ready = self.ready
        self.state = TRANSITIONS[self.state, news]
        if news is not WorkerNews.HEALTHY:
            self.last_error = reason or news.value
        if was_ready and not self.ready:
            self.outages += 1
        return self.ready is not was_ready

    def beat(self, facts: EngineFacts, now_ms: float) -> bool:
        """A healthy answer came; answers whether readiness changed."""
        self.facts = facts
        self.last_heartbeat_ms = now_ms
        return self.heard(WorkerNews.HEALTHY)

    def stale(self, now_ms: float, stale_after_ms: float) -> bool:
        """Whether a ready worker has been silent for too long."""
        return (
            self.ready
            and self.last_heartbeat_ms is not None
            and now_ms - self.last_heartbeat_ms > stale_after_ms
        )
