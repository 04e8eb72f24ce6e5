# Written by `orchqueue gen`; an edit here is lost.
# contracts/metrics.yaml sha256:2e33be445ae7c62374396421af890d2a7c18e36c48c3522b406eb69095ab392b

"""Every series that a server exports, and what its labels may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["BUCKETS_MS", "LABELS", "OUTSIDE_BUDGET", "SERIES", "LabelSpec", "SeriesSpec"]


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """One family: `type` is counter, gauge or histogram; `labels` its label keys in order; `values` what single labels may say.

    A gauge lies from `minimum` to `maximum`. Of samples that differ in the label `exclusive` alone, only one is there.
    """

    name: str
    type: str
    help: str
    unit: str | None
    labels: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    profile: str
    requirements: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    exclusive: str | None


@dataclass(frozen=True, slots=True)
class LabelSpec:
    """One label key: how many different values it may take, and which, where the set is closed (else `values` is empty)."""

    name: str
    budget: int
    values: tuple[str, ...]


SERIES: Mapping[str, SeriesSpec] = MappingProxyType(
    {
        "active_leases": SeriesSpec(
            name="active_leases",
            type="gauge",
            help="Tasks that hold a slot of the pool.",
            unit=None,
            labels=("pool_id",),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=0,
            maximum=None,
            exclusive=None,
        ),
        "admission_backpressure_events_total": SeriesSpec(
            name="admission_backpressure_events_total",
            type="counter",
            help="Times that a policy held back or gave up a task.",
            unit=None,
            labels=("engine", "policy"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "admission_share": SeriesSpec(
            name="admission_share",
            type="gauge",
            help="Share of cost over the last 1000 dispatches.",
            unit=None,
            labels=("tenant", "priority"),
            values=MappingProxyType({}),
            profile="scheduling",
            requirements=("OC-METRICS-7106",),
            minimum=0,
            maximum=1,
            exclusive=None,
        ),
        "circuit_breaker_state": SeriesSpec(
            name="circuit_breaker_state",
            type="gauge",
            help="0 closed, 1 half-open, 2 open.",
            unit=None,
            labels=("pool_id", "kind"),
            values=MappingProxyType({"kind": ("restart", "objective")}),
            profile="pools",
            requirements=("OC-POOL-3030",),
            minimum=0,
            maximum=2,
            exclusive=None,
        ),
        "deadlines_met_ratio": SeriesSpec(
            name="deadlines_met_ratio",
            type="gauge",
            help="Share of the last 1000 ended tasks that met their deadline.",
            unit=None,
            labels=("priority",),
            values=MappingProxyType({}),
            profile="scheduling",
            requirements=("OC-METRICS-7106",),
            minimum=0,
            maximum=1,
            exclusive=None,
        ),
        "drain_events_total": SeriesSpec(
            name="drain_events_total",
            type="counter",
            help="Drains that began, by who asked.",
            unit=None,
            labels=("pool_id", "reason"),
            values=MappingProxyType({"reason": ("api", "shutdown")}),
            profile="pools",
            requirements=("OC-POOL-3031",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "driver_resets_total": SeriesSpec(
            name="driver_resets_total",
            type="counter",
            help="Errors of a device's driver.",
            unit=None,
            labels=("pool_id", "reason"),
            values=MappingProxyType({"reason": ("reset", "ecc")}),
            profile="pools",
            requirements=("OC-POOL-3030",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "gpu_utilization": SeriesSpec(
            name="gpu_utilization",
            type="gauge",
            help="Percent of time that the device was at work.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "replica_id", "device"),
            values=MappingProxyType({}),
            profile="pools",
            requirements=("OC-POOL-3030",),
            minimum=0,
            maximum=100,
            exclusive=None,
        ),
        "kv_cache_usage_ratio": SeriesSpec(
            name="kv_cache_usage_ratio",
            type="gauge",
            help="Share of the KV cache in use, where the engine tells it.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "replica_id"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=0,
            maximum=1,
            exclusive=None,
        ),
        "latency_decode_ms": SeriesSpec(
            name="latency_decode_ms",
            type="histogram",
            help="From the first token to the last.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "priority"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "latency_first_token_ms": SeriesSpec(
            name="latency_first_token_ms",
            type="histogram",
            help="From acceptance to the first token.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "priority"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "model_state": SeriesSpec(
            name="model_state",
            type="gauge",
            help="1 for the state that holds for the model.",
            unit=None,
            labels=("model_id", "state"),
            values=MappingProxyType({"state": ("Draft", "Active", "Canary", "Deprecated", "Retired")}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=1,
            maximum=1,
            exclusive="state",
        ),
        "pool_ready": SeriesSpec(
            name="pool_ready",
            type="gauge",
            help="1 when the pool can serve.",
            unit=None,
            labels=("pool_id",),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=0,
            maximum=1,
            exclusive=None,
        ),
        "preemptions_total": SeriesSpec(
            name="preemptions_total",
            type="counter",
            help="Tasks that were held back or stopped for more urgent ones.",
            unit=None,
            labels=("mode", "engine"),
            values=MappingProxyType({"mode": ("soft", "hard")}),
            profile="scheduling",
            requirements=("OC-METRICS-7106",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "preload_outcomes_total": SeriesSpec(
            name="preload_outcomes_total",
            type="counter",
            help="Workers that loaded and proved themselves, or did not.",
            unit=None,
            labels=("pool_id", "result"),
            values=MappingProxyType({"result": ("pass", "fail")}),
            profile="pools",
            requirements=("OC-POOL-3030",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "queue_depth": SeriesSpec(
            name="queue_depth",
            type="gauge",
            help="Tasks that wait.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "priority"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=0,
            maximum=None,
            exclusive=None,
        ),
        "queue_wait_ms": SeriesSpec(
            name="queue_wait_ms",
            type="histogram",
            help="From acceptance to the first dispatch.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "priority"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "resumptions_total": SeriesSpec(
            name="resumptions_total",
            type="counter",
            help="Tasks that went on after a hard preemption.",
            unit=None,
            labels=("engine",),
            values=MappingProxyType({}),
            profile="scheduling",
            requirements=("OC-METRICS-7106",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "tasks_canceled_total": SeriesSpec(
            name="tasks_canceled_total",
            type="counter",
            help="Tasks that were ended before they were complete, by whom.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "replica_id", "reason"),
            values=MappingProxyType(
                {"reason": ("client", "deadline", "watchdog", "drain", "disconnect", "shutdown")}
            ),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "tasks_enqueued_total": SeriesSpec(
            name="tasks_enqueued_total",
            type="counter",
            help="Tasks that were accepted.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "priority"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "tasks_finished_total": SeriesSpec(
            name="tasks_finished_total",
            type="counter",
            help="Tasks that reached a terminal state, by how.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "outcome"),
            values=MappingProxyType(
                {
                    "outcome": (
                        "end",
                        "canceled",
                        "INVALID_PARAMS",
                        "DEADLINE_UNMET",
                        "ADMISSION_REJECT",
                        "QUEUE_FULL_DROP_LRU",
                        "POOL_UNAVAILABLE",
                        "REPLICA_EXHAUSTED",
                        "DECODE_TIMEOUT",
                        "WORKER_RESET",
                        "INTERNAL",
                    )
                }
            ),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "tasks_rejected_total": SeriesSpec(
            name="tasks_rejected_total",
            type="counter",
            help="Tasks that were refused, or given up by a full queue, by error code.",
            unit=None,
            labels=("engine", "reason"),
            values=MappingProxyType(
                {
                    "reason": (
                        "INVALID_PARAMS",
                        "DEADLINE_UNMET",
                        "UNTRUSTED_ARTIFACT",
                        "UNAUTHENTICATED",
                        "FORBIDDEN",
                        "MODEL_DEPRECATED",
                        "BUDGET_EXHAUSTED",
                        "NOT_FOUND",
                        "METHOD_NOT_ALLOWED",
                        "REQUEST_TIMEOUT",
                        "PAYLOAD_TOO_LARGE",
                        "UNSUPPORTED_MEDIA_TYPE",
                        "HEADERS_TOO_LARGE",
                        "TASK_CONFLICT",
                        "ADMISSION_REJECT",
                        "QUEUE_FULL_DROP_LRU",
                        "QUOTA_EXCEEDED",
                        "RATE_LIMITED",
                        "POOL_UNREADY",
                        "POOL_UNAVAILABLE",
                        "INTERNAL",
                    )
                }
            ),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "tasks_started_total": SeriesSpec(
            name="tasks_started_total",
            type="counter",
            help="Tasks that were handed to an engine for the first time.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "replica_id", "priority"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "tokens_in_total": SeriesSpec(
            name="tokens_in_total",
            type="counter",
            help="Prompt tokens that engines evaluated.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "replica_id"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "tokens_out_total": SeriesSpec(
            name="tokens_out_total",
            type="counter",
            help="Tokens that engines decoded.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "replica_id"),
            values=MappingProxyType({}),
            profile="core",
            requirements=("OC-METRICS-7101",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
        "vram_used_bytes": SeriesSpec(
            name="vram_used_bytes",
            type="gauge",
            help="Memory of the device in use.",
            unit=None,
            labels=("engine", "engine_version", "pool_id", "replica_id", "device"),
            values=MappingProxyType({}),
            profile="pools",
            requirements=("OC-POOL-3030",),
            minimum=0,
            maximum=None,
            exclusive=None,
        ),
        "worker_restarts_total": SeriesSpec(
            name="worker_restarts_total",
            type="counter",
            help="Workers that were started again, by why.",
            unit=None,
            labels=("pool_id", "reason"),
            values=MappingProxyType(
                {"reason": ("crash", "unready", "driver-error", "oom-vram", "oom-host", "reload")}
            ),
            profile="pools",
            requirements=("OC-POOL-3030",),
            minimum=None,
            maximum=None,
            exclusive=None,
        ),
    }
)

LABELS: Mapping[str, LabelSpec] = MappingProxyType(
    {
        "device": LabelSpec(name="device", budget=64, values=()),
        "engine": LabelSpec(name="engine", budget=4, values=("llamacpp", "vllm", "tgi", "triton")),
        "engine_version": LabelSpec(name="engine_version", budget=64, values=()),
        "kind": LabelSpec(name="kind", budget=4, values=("restart", "objective")),
        "mode": LabelSpec(name="mode", budget=4, values=("soft", "hard")),
        "model_id": LabelSpec(name="model_id", budget=1024, values=()),
        "outcome": LabelSpec(name="outcome", budget=32, values=()),
        "policy": LabelSpec(
            name="policy", budget=8, values=("reject", "drop-lru", "shed-low-priority", "quota", "rate-limit")
        ),
        "pool_id": LabelSpec(name="pool_id", budget=256, values=()),
        "priority": LabelSpec(name="priority", budget=8, values=("interactive", "batch")),
        "reason": LabelSpec(name="reason", budget=32, values=()),
        "replica_id": LabelSpec(name="replica_id", budget=1024, values=()),
        "result": LabelSpec(name="result", budget=4, values=("pass", "fail", "warn")),
        "state": LabelSpec(name="state", budget=8, values=()),
        "tenant": LabelSpec(name="tenant", budget=256, values=()),
    }
)

BUCKETS_MS: tuple[float, ...] = (
    1.0,
    2.0,
    5.0,
    10.0,
    25.0,
    50.0,
    100.0,
    250.0,
    500.0,
    1000.0,
    2500.0,
    5000.0,
    10000.0,
    30000.0,
    60000.0,
)
OUTSIDE_BUDGET: tuple[str, ...] = ("none", "other")
