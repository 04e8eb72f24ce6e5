"""What admission sees of a pool at one instant.

The pool itself, its workers and its tasks belong to the shell.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestratord.core._queue import AdmissionQueue
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

    `kv_bytes_per_token` is 0 where it is not known.
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
    kv_bytes_per_token: int = 0

    def forecast(self, spec: TaskSpec, tokens_in: int, position: int) -> Forecast:
        """What the task could be told if so many tasks were before it."""
        start = predicted_start_ms(position, self.capacity, self.advice.mean_lease_ms)
        total = start + self.service_ms(spec, tokens_in)
        errors = self.times[spec.priority].errors
        return Forecast(position, start, total, on_time_probability(spec.deadline_ms, total, errors))

    def service_ms(self, spec: TaskSpec, tokens_in: int) -> float:
        """How long the task is predicted to take once it has started."""
        return self.times[spec.priority].predict_ms(tokens_in, spec.max_tokens, spec.expected_tokens)

    def position_now(self, spec: TaskSpec, now_ms: float, tenant: str) -> int:
        """The position that the task would get if it came now."""
        return self.queue.arrivals_ahead(PRIORITY_RANK[spec.priority], now_ms, tenant)
