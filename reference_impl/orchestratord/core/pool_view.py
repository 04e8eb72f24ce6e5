"""What admission sees of a pool at one instant.

The pool itself, its workers and its tasks belong to the shell.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from orchestratord.core._queue import AdmissionQueue
from orchestratord.core.advice import Advice
from orchestratord.core.costs import Costs
from orchestratord.core.forecast import (
    Capacity,
    on_time_probability,
    predicted_start_ms,
    reckoned_wait_alone_ms,
    reckoned_wait_behind_ms,
    reckoned_wait_ms,
)
from orchestratord.core.guards import TokenLimits
from orchestratord.core.tasks import PRIORITY_RANK, Priority, TaskSpec, Workload
from orchestratord.core.times import Times


class Forecast(Struct, frozen=True, gc=False):
    """What a task is told: those before it, milliseconds to its start and of service, and P(in time).

    So many are `ahead` of it for the first slot that comes free (-1: one is); `reckoned_ms` is its wait by
    position and slots alone, `wait_ms` the same at the measured speed, and
    `raw_on_time` the probability before it was corrected by how such promises were kept.
    """

    position: int
    start_ms: int
    service_ms: float
    on_time: float
    ahead: int
    reckoned_ms: float
    wait_ms: float
    raw_on_time: float

    @property
    def total_ms(self) -> float:
        """Milliseconds to its end."""
        return self.start_ms + self.service_ms


@dataclass(frozen=True, slots=True)
class Closed:
    """A pool none of whose workers may be started: why, and for how many milliseconds at the least."""

    why: str
    for_ms: float


class PoolView(Struct):
    """A pool for one decision. `models` None takes any; `probe_ms` is when readiness is looked at next.

    `uniform` says that its ready workers form one replica set; `kv_bytes_per_token` is 0 where it is not
    known; `wall_ms` is how long a task may run. `closed` is None where a worker may be started at any time;
    `sheds_ms` is how long batch tasks are refused for the sake of interactive ones, 0 while they are not.
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
    times: Mapping[Priority, Times]
    advice: Advice
    costs: Costs
    uniform: bool = True
    kv_bytes_per_token: int = 0
    wall_ms: float = 600_000
    closed: Closed | None = None
    sheds_ms: float = 0.0

    def forecast(self, spec: TaskSpec, tokens_in: int, position: int) -> Forecast:
        """What the task could be told if so many tasks were before it."""
        times, ahead = self.times[spec.priority], max(-1, position - self.capacity.free)
        reckoned = self._reckoned_ms(spec, position, ahead)
        wait, waits = reckoned * times.waits.factor, times.waits.ratios(ahead)
        service = times.predict_ms(tokens_in, spec.max_tokens, spec.expected_tokens)
        raw = on_time_probability(spec.deadline_ms, wait, service, waits, times.ratios)
        return Forecast(
            position=position,
            start_ms=predicted_start_ms(wait, waits),
            service_ms=service,
            on_time=times.reliability.corrected(raw),
            ahead=ahead,
            reckoned_ms=reckoned,
            wait_ms=wait,
            raw_on_time=raw,
        )

    def _reckoned_ms(self, spec: TaskSpec, position: int, ahead: int) -> float:
        mean_ms = self.advice.mean_lease_ms
        if spec.strict:
            return reckoned_wait_alone_ms(position, self.capacity, mean_ms)
        if ahead < 0 < position and self.capacity.head_is_strict():
            return reckoned_wait_behind_ms(self.capacity, mean_ms)
        return reckoned_wait_ms(ahead, self.capacity, mean_ms)

    def position_now(self, spec: TaskSpec, now_ms: float, tenant: str) -> int:
        """The position that the task would get if it came now."""
        return self.queue.arrivals_ahead(PRIORITY_RANK[spec.priority], now_ms, tenant)
