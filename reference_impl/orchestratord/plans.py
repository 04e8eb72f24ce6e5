"""What the service is built from, as plain values: settings make them, tests make them, nothing here reads a
file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestratord.adapters import MockBehaviour
from orchestratord.core._queue import FullPolicy, Order
from orchestratord.core.budgets import Budgets
from orchestratord.core.catalog.models import TrustPolicy
from orchestratord.core.catalog.trust import Root
from orchestratord.core.pools.backoff import Backoff
from orchestratord.core.pools.breaker import BreakerRules
from orchestratord.core.pools.devices import Device
from orchestratord.core.pools.objective_breaker import ObjectiveRules
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.quotas import Tenant
from orchestratord.core.sampling import SamplerProfile
from orchestratord.core.tasks import Engine, Workload
from orchestratord.core.watchdog import WatchdogLimits
from orchestratord.policy import PolicyPlan


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """One engine: by URL, or by the command that runs it.

    In the words of a command `{port}`, `{model}`, `{model_path}` and `{tensor_split}` stand for what they
    name. `memory_bytes`
    is what its weights take on all its devices together, 0 where that is not known, and `tensor_split` how
    they are split.
    `metrics_url` None is `/metrics` under the URL; `api_key` None sends none. `*_ms` are durations in
    milliseconds: how long loading may take, and ending. `secrets` are those of the configuration, which
    nothing that the worker writes may show.
    """

    id: str
    url: str = ""
    metrics_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    model_path: str | None = None
    devices: tuple[int, ...] = ()
    tensor_split: tuple[float, ...] = ()
    memory_bytes: int = 0
    numa_node: int | None = None
    preload_ms: float = 600_000
    stop_ms: float = 10_000
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def managed(self) -> bool:
        """Whether the server runs it itself."""
        return bool(self.command)

    @property
    def needs_model_path(self) -> bool:
        """Whether its command names the file of the model."""
        return any("{model_path}" in word for word in self.command)

    @property
    def visible_devices(self) -> str | None:
        """The value of CUDA_VISIBLE_DEVICES; None without a mask, which leaves the variable alone."""
        # OC-POOL-3020
        return ",".join(map(str, self.devices)) if self.devices else None


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

    `model` None takes any; `engine_model` is its name at the engine, None the same; `ctx` and
    `slots` of a worker None are what the engine reports; `*_ms` are durations in milliseconds.
    `kv_bytes_per_token` is 0 where it is not known; `features` are what the engine can do that it does not
    tell itself. A worker of the server's own that is silent for `silent_ms` is started again. `workloads`
    None takes all that its engines can do; `kv_reserved` is the share of its KV memory, from 0 to 1, that
    admission leaves alone. `devices` is the mask that its workers keep to, none is no mask; `shedding` says
    when batch tasks are refused for the sake of interactive ones.
    """

    id: str
    engine: Engine
    adapter: str
    workers: tuple[WorkerPlan, ...]
    model: str | None = None
    engine_model: str | None = None
    quant: str | None = None
    ctx: int | None = None
    slots: int | None = None
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
    workloads: tuple[Workload, ...] | None = None
    mock: MockBehaviour = field(default_factory=MockBehaviour)
    restart: Backoff = field(default_factory=Backoff)
    silent_ms: float = 30_000
    breaker: BreakerRules = field(default_factory=BreakerRules)
    kv_reserved: float = 0.0
    devices: tuple[int, ...] = ()
    shedding: ObjectiveRules = field(default_factory=ObjectiveRules)
    model_paths: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamsPlan:
    """How long events outlive their task, after how much silence a comment is sent, what one task's events,
    and all tasks that have ended, may occupy, and about how much a reader is given at a time.
    """

    retain_ms: float = 600_000
    keepalive_ms: float = 15_000
    max_bytes: int = 8 * 1024 * 1024
    total_bytes: int = 256 * 1024 * 1024
    piece_bytes: int = 64 * 1024


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
class CatalogPlan:
    """Where the catalog is kept, what is trusted, and what its cache of files may take."""

    root: Path
    trust: TrustPolicy = field(default_factory=TrustPolicy)
    roots: tuple[Root, ...] = ()
    cache_bytes: int = 100 * 2**30


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """Everything that the service serves, and on what: `devices` are those of a machine whose driver cannot
    be asked. Without a `catalog` every model is as good as any.
    """

    pools: tuple[PoolPlan, ...]
    sampler_profiles: tuple[SamplerProfile, ...] = (SamplerProfile(),)
    streams: StreamsPlan = field(default_factory=StreamsPlan)
    grace_ms: float = 30_000
    flush_ms: float = 5_000
    tenants: tuple[Tenant, ...] = ()
    artifacts: ArtifactsPlan = field(default_factory=ArtifactsPlan)
    sessions: SessionsPlan = field(default_factory=SessionsPlan)
    devices: tuple[Device, ...] = ()
    policy: PolicyPlan = field(default_factory=PolicyPlan)
    catalog: CatalogPlan | None = None
