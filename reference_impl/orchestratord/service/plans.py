"""What the service is built from, as plain values: settings make them, tests make them, nothing here reads a
file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestratord.adapters import MockBehaviour
from orchestratord.core._queue import FullPolicy, Order
from orchestratord.core.budgets import Budgets
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.quotas import Tenant
from orchestratord.core.sampling import SamplerProfile
from orchestratord.core.tasks import Engine
from orchestratord.core.watchdog import WatchdogLimits


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """One engine by URL."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """How many tasks may wait, who loses when it is full, after how many milliseconds a batch task counts as
    interactive, and in which order they leave.
    """

    capacity: int = 256
    full_policy: FullPolicy = "reject"
    age_ms: float = 30_000
    order: Order = "strict"


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """One pool.

    `model` None takes any; `ctx` None is what the engine reports; `*_ms` are durations in milliseconds.
    `kv_bytes_per_token` is 0 where it is not known; `features` are what the engine can do that it does not
    tell itself.
    """

    id: str
    engine: Engine
    adapter: str
    workers: tuple[WorkerPlan, ...]
    model: str | None = None
    quant: str | None = None
    ctx: int | None = None
    max_tokens: int = 4096
    sampler_profile_version: str = "v1"
    queue: QueuePlan = field(default_factory=QueuePlan)
    watchdog: WatchdogLimits = field(default_factory=WatchdogLimits)
    heartbeat_interval_ms: float = 1_000
    heartbeat_stale_ms: float = 3_000
    connect_ms: float = 2_000
    retries: int = 2
    cancel_on_disconnect: bool = False
    preemption: PreemptionRules = field(default_factory=PreemptionRules)
    interactive_first_token_ms: float = 1_000
    batch_first_token_ms: float = 30_000
    kv_bytes_per_token: int = 0
    features: Mapping[str, bool | str | float] = field(default_factory=dict)
    mock: MockBehaviour = field(default_factory=MockBehaviour)


@dataclass(frozen=True, slots=True)
class StreamsPlan:
    """How long events outlive their task, after how much silence a comment is sent, and what one task's
    events may occupy.
    """

    retain_ms: float = 600_000
    keepalive_ms: float = 15_000
    max_bytes: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SessionsPlan:
    """How long a session outlives its last use, and what its tasks may use together."""

    ttl_ms: float = 600_000
    budgets: Budgets = field(default_factory=Budgets)


@dataclass(frozen=True, slots=True)
class ArtifactsPlan:
    """Where artifacts are kept (`root` None: in memory), how long traces are, and what one tenant's may
    occupy.
    """

    root: Path | None = None
    trace_retain_ms: float = 600_000
    max_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """Everything that the service serves."""

    pools: tuple[PoolPlan, ...]
    sampler_profiles: tuple[SamplerProfile, ...] = (SamplerProfile(),)
    streams: StreamsPlan = field(default_factory=StreamsPlan)
    grace_ms: float = 30_000
    tenants: tuple[Tenant, ...] = ()
    artifacts: ArtifactsPlan = field(default_factory=ArtifactsPlan)
    sessions: SessionsPlan = field(default_factory=SessionsPlan)
