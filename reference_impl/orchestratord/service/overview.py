"""What the service is and how it fares, read from its state: gauges and the replica sets of the
capabilities.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from orchestratord.core.deadlines import DeadlineRecord
from orchestratord.core.fairness import Shares
from orchestratord.core.pools.breaker import BreakerState
from orchestratord.core.pools.machine import Look
from orchestratord.core.pools.states import WorkerState
from orchestratord.core.tasks import PRIORITIES, PRIORITY_RANK, Engine, Workload
from orchestratord.metrics import GaugeSample
from orchestratord.service.catalog import Catalog
from orchestratord.service.pool import Pool
from orchestratord.service.worker import Worker


@dataclass(frozen=True, slots=True)
class ReplicaSet:
    """Replicas that are equal in all that decides their tokens. `ctx` in tokens; `slots` of all of them."""

    engine: Engine
    version: str
    ctx: int
    slots: int
    workloads: tuple[Workload, ...]
    models: tuple[str, ...]
    model_digest: str | None
    max_tokens: int
    quant: str | None
    sampler_profile_version: str
    features: tuple[tuple[str, bool | str | float], ...] = ()


def scheduling(shares: Shares, deadlines: DeadlineRecord) -> Iterator[GaugeSample]:
    """The samples about fairness and deadlines, of the server as a whole."""
    # ORCH-3076, ORCH-3081
    for (tenant, priority), share in shares.shares().items():
        yield GaugeSample("admission_share", (tenant, priority), share)
    for priority, ratio in deadlines.ratios().items():
        yield GaugeSample("deadlines_met_ratio", (priority,), ratio)


def gauges(pools: Iterable[Pool]) -> Iterator[GaugeSample]:
    """The samples of all gauges, their labels in the order of the contract."""
    for pool in pools:
        version = pool.version or ""
        for priority in PRIORITIES:
            waiting = pool.queue.length(PRIORITY_RANK[priority])
            yield GaugeSample("queue_depth", (pool.engine, version, pool.id, priority), waiting)
        yield GaugeSample("pool_ready", (pool.id,), int(pool.ready))
        yield GaugeSample("active_leases", (pool.id,), pool.active_leases)
        for worker in pool.workers.values():
            yield from _of_worker(pool, worker)


def _of_worker(pool: Pool, worker: Worker) -> Iterator[GaugeSample]:
    facts = worker.health.facts
    if facts is None or not worker.health.ready:
        return
    if facts.kv_usage is not None:
        yield GaugeSample(
            "kv_cache_usage_ratio", (pool.engine, facts.version, pool.id, worker.id), facts.kv_usage
        )


def model_states(pools: Iterable[Pool], catalog: Catalog | None) -> Iterator[GaugeSample]:
    """The states of the catalog's models, and of those that only pools know."""
    # OC-CAT-4213
    if catalog is not None:
        yield from catalog.gauges()
    for name in _models_loaded(pools):
        if catalog is None or not catalog.knows(name):
            yield GaugeSample("model_state", (name, "Active"), 1)


def _models_loaded(pools: Iterable[Pool]) -> set[str]:
    """The models that ready workers have loaded, by the names that their pools have for them."""
    ready = ((pool, worker) for pool in pools for worker in pool.workers.values() if worker.health.ready)
    return {model for pool, worker in ready for model in _models(pool, worker)}


def breakers(pool: Pool, restart: BreakerState, now_ms: float) -> Iterator[GaugeSample]:
    """How the breakers of a pool stand."""
    yield GaugeSample("circuit_breaker_state", (pool.id, "restart"), int(restart))
    yield GaugeSample("circuit_breaker_state", (pool.id, "objective"), int(pool.objective.state(now_ms)))


def devices(pool: Pool, look: Look) -> Iterator[GaugeSample]:
    """How the devices of a pool's workers fare, as far as they tell."""
    # OC-POOL-3030
    for worker in pool.workers.values():
        for index in worker.plan.devices:
            reading = look.readings.get(index)
            labels = (pool.engine, worker.version or "", pool.id, worker.id, str(index))
            if reading is not None and reading.utilization is not None:
                yield GaugeSample("gpu_utilization", labels, reading.utilization)
            if reading is not None and reading.used_bytes is not None:
                yield GaugeSample("vram_used_bytes", labels, reading.used_bytes)


@dataclass(frozen=True, slots=True)
class PoolHealth:
    """How a pool fares. `heard_ms_ago` is None before a worker was first heard of."""

    live: bool
    ready: bool
    draining: bool
    state: WorkerState
    queue_depth: int
    active_leases: int
    slots_total: int
    slots_free: int
    kv_usage: float | None
    last_error: str | None
    version: str | None
    heard_ms_ago: float | None


def pool_health(pool: Pool, now_ms: float, *, live: bool) -> PoolHealth:
    """A pool as it is now; `live` says whether its workers are looked after."""
    # OC-CTRL-2001
    workers = list(pool.workers.values())
    facts = [worker.health.facts for worker in workers if worker.health.facts is not None]
    usages = [one.kv_usage for one in facts if one.kv_usage is not None]
    heard = [w.health.last_heartbeat_ms for w in workers if w.health.last_heartbeat_ms is not None]
    errors = [worker.health.last_error for worker in workers if worker.health.last_error is not None]
    return PoolHealth(
        live=live,
        ready=pool.ready,
        draining=pool.draining,
        state=pool.state,
        queue_depth=len(pool.queue),
        active_leases=pool.active_leases,
        slots_total=sum(one.slots for one in facts),
        slots_free=sum(worker.free_slots(now_ms) for worker in workers),
        kv_usage=max(usages, default=None),
        last_error=next(iter(errors), None),
        version=pool.version,
        heard_ms_ago=now_ms - max(heard) if heard else None,
    )


def replica_sets(pools: Iterable[Pool]) -> list[ReplicaSet]:
    """One entry for each set of equal ready replicas, in stable order."""
    # OC-CTRL-2060, ORCH-3007
    slots: dict[ReplicaSet, int] = {}
    for pool in pools:
        for worker in pool.workers.values():
            facts = worker.health.facts
            if facts is None or not worker.health.ready:
                continue
            limits = pool.limits()
            one = ReplicaSet(
                engine=pool.engine,
                version=facts.version,
                ctx=facts.ctx if pool.plan.ctx is None else min(facts.ctx, pool.plan.ctx),
                slots=0,
                workloads=tuple(sorted(worker.workloads)),
                models=_models(pool, worker),
                model_digest=worker.model_digest,
                max_tokens=limits.max_tokens,
                quant=pool.plan.quant,
                sampler_profile_version=pool.plan.sampler_profile_version,
                features=tuple(sorted(pool.plan.features.items())),
            )
            slots[one] = slots.get(one, 0) + facts.slots
    ordered = sorted(
        slots,
        key=lambda one: (
            one.engine,
            one.models,
            one.version,
            one.ctx,
            one.quant or "",
            one.sampler_profile_version,
            one.max_tokens,
            str(one.features),
        ),
    )
    return [_with_slots(one, slots[one]) for one in ordered]


def _with_slots(one: ReplicaSet, slots: int) -> ReplicaSet:
    return replace(one, slots=slots)


def _models(pool: Pool, worker: Worker) -> tuple[str, ...]:
    told = worker.health.facts.model if worker.health.facts else None
    model = pool.plan.model or told
    return () if model is None else (model,)
