"""What admission sees of a pool at one instant.

The pool itself, its workers and its tasks belong to the shell.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestratord.core._queue import AdmissionQueue, Doomed
from orchestratord.core.advice import Advice
from orchestratord.core.forecast import Capacity, on_time_probability, predicted_start_ms
from orchestratord.core.guards import TokenLimits
from orchestratord.core.service_times import ServiceTimes
from orchestratord.core.tasks import PRIORITY_RANK, Priority, TaskSpec, Workload


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a task is told: those before it, milliseconds to its start, to its end, and P(in time)."""

    position: int
    start_ms: int
    total_ms: float
    on_time: float


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool for one decision. `models` None takes any; `probe_ms` is when readiness is looked at next.

    `doomed` tells of a waiting task at a position whether it would miss its deadline anyway.
    """

    id: str
    engine: str
    models: frozenset[str] | None
    workloads: frozenset[Workload]
    sampler_profiles: frozenset[str]
    limits: TokenLimits
    ready: bool
    probe_ms: float
    capacity: Capacity
    queue: AdmissionQueue
    times: Mapping[Priority, ServiceTimes]
    advice: Advice
    doomed: Doomed | None = None

    def forecast(self, spec: TaskSpec, tokens_in: int, position: int) -> Forecast:
        """What the task could be told if so many tasks were before it."""
        times = self.times[spec.priority]
        start = predicted_start_ms(position, self.capacity, self.advice.mean_lease_ms)
        total = start + times.predict_ms(tokens_in, spec.max_tokens, spec.expected_tokens)
        return Forecast(position, start, total, on_time_probability(spec.deadline_ms, total, times.errors))

    def position_now(self, spec: TaskSpec, now_ms: float) -> int:
        """The position that the task would get if it came now."""
        return self.queue.arrivals_ahead(PRIORITY_RANK[spec.priority], now_ms)
