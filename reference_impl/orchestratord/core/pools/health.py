"""What is known of one worker: where it stands, what its engine told, and when it was last heard of.

Asking the engine is the service's.
"""

from dataclasses import dataclass

from orchestratord.core.pools.states import Cause, WorkerState, after
from orchestratord.core.worker_states import EngineFacts


@dataclass(slots=True)
class WorkerHealth:
    """One worker's. `outages` counts how often it ceased to be ready, `failures` how often it failed since it
    was last ready, `changes` everything that may have changed it; times are milliseconds, None before the
    first answer.
    """

    state: WorkerState = WorkerState.PROVISIONING
    facts: EngineFacts | None = None
    last_heartbeat_ms: float | None = None
    last_error: str | None = None
    outages: int = 0
    failures: int = 0
    changes: int = 0

    @property
    def ready(self) -> bool:
        """Whether tasks may be dispatched to it."""
        # OC-CORE-1010
        return self.state is WorkerState.READY

    def move(self, cause: Cause, reason: str | None = None) -> bool:
        """Move by the table; answers whether readiness changed. Raises IllegalMoveError.

        `reason` is kept as the last error; the next readiness leaves it standing, since it tells what was.
        """
        self.changes += 1
        was_ready = self.ready
        self.state = after(self.state, cause)
        if reason is not None:
            self.last_error = reason
        if cause is Cause.FAILED:
            self.failures += 1
        if cause is Cause.PROVEN:
            self.failures = 0
        self.outages += was_ready and not self.ready
        return self.ready is not was_ready

    def beat(self, facts: EngineFacts, now_ms: float) -> bool:
        """The engine answered that it is well; answers whether readiness changed."""
        self.facts = facts
        self.last_heartbeat_ms = now_ms
        return self.move(Cause.BEAT)
