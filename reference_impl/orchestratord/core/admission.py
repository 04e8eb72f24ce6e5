"""Whether a task is taken, and into which pool: the chain of judgements from model to queue, the first of
which that fails answers.

Key, size and form of the request were judged before; what an admitted task entails is the shell's. Nothing
here waits, so that a refusal costs nothing and nothing is half done.
"""

from collections.abc import Collection, Iterable
from functools import partial

from msgspec import Struct

from orchestratord.core import guards, quotas
from orchestratord.core._queue import FullPolicy, Placed, Refused
from orchestratord.core.advice import JITTER
from orchestratord.core.budgets import Account, Amount
from orchestratord.core.costs import Estimate
from orchestratord.core.deadlines import latest_start_ms
from orchestratord.core.errors import Detail, OrchestratorError, invalid
from orchestratord.core.fairness import flow_weight
from orchestratord.core.guards import Size
from orchestratord.core.pool_view import Forecast, PoolView
from orchestratord.core.quotas import Held, Tenant
from orchestratord.core.tasks import PRIORITY_RANK, TaskSpec
from orchqueue_contract.errors import ErrorCode, PolicyLabel

LEAST_PROBABILITY = 0.01
LEAST_ADVICE_MS = 50

REFUSAL_CODES: dict[FullPolicy, ErrorCode] = {
    "reject": ErrorCode.ADMISSION_REJECT,
    "drop-lru": ErrorCode.QUEUE_FULL_DROP_LRU,
    "shed-low-priority": ErrorCode.ADMISSION_REJECT,
}

REFUSAL_LABELS: dict[FullPolicy, PolicyLabel] = {policy: PolicyLabel(policy) for policy in REFUSAL_CODES}


class Admitted(Struct, frozen=True):
    """The task waits in a pool's queue; `evicted` gave up its place for it.

    It may need `kv_bytes` of its tenant and `need` of its session, costs `estimate` until it has ended, and
    its flow has this `weight`.
    """

    pool_id: str
    forecast: Forecast
    kv_bytes: int
    need: Amount
    estimate: Estimate
    weight: float
    evicted: str | None


def candidates(spec: TaskSpec, pools: Collection[PoolView]) -> list[PoolView]:
    """The pools that serve the task's engine, model and workload.

    Raises INVALID_PARAMS when there is none.
    """
    # OC-CORE-1026
    able, engine, model, workload = [], spec.engine, spec.model_ref, spec.workload
    for pool in pools:
        served = pool.models is None or model in pool.models
        if served and pool.engine == engine and workload in pool.workloads:
            able.append(pool)
    if not able:
        raise _unserved(spec, pools)
    return able


def name_for_pools(spec: TaskSpec, names: Iterable[str], pools: Iterable[PoolView]) -> str:
    """By which of a model's names its pools know it: the first that one has, or what the client has said."""
    # OC-CAT-4205
    known = frozenset[str]().union(*(one.models or () for one in pools if one.engine == spec.engine))
    return next((name for name in names if name in known), spec.model_ref)


def choose_pool(
    spec: TaskSpec, size: Size, pools: Collection[PoolView], now_ms: float, tenant: Tenant
) -> PoolView:
    """The pool that the task belongs to: ready before not, then the least predicted start, then the id. For
    a strict task, one whose workers differ is not ready.

    A pool that is too small for the task, or whose KV memory the tenant may not have so much of, is passed
    over. Raises INVALID_PARAMS when no pool can take it.
    """
    first_problem: OrchestratorError | None = None
    able = candidates(spec, pools)
    if len(able) > 1:
        able.sort(key=partial(_rank, spec, size, now_ms, tenant))
    for pool in able:
        try:
            _check_size(spec, size, pool, tenant)
        except OrchestratorError as problem:
            first_problem = first_problem or problem
        else:
            return pool
    assert first_problem is not None
    raise first_problem


def admit(  # noqa: PLR0917 - all of what one decision rests on
    job_id: str,
    spec: TaskSpec,
    size: Size,
    tenant: Tenant,
    held: Held,
    pools: Collection[PoolView],
    *,
    account: Account,
    now_ms: float,
    chance: float,
) -> Admitted:
    """Place the task in a queue, or raise the reason why not.

    `held` is what the tenant's tasks hold without this one, `account`
    what its session's do, `chance` from 0 to 1 jitters the advice of a refusal.
    """
    # OC-CTRL-2010
    pool, tokens_in = choose_pool(spec, size, pools, now_ms, tenant), size.tokens_in
    need = account.worst_case(tokens_in, spec.max_tokens, pool.wall_ms, spec.deadline_ms)
    if over := account.exceeded(need):
        raise _exhausted(pool, over)
    kv_bytes = (tokens_in + spec.max_tokens) * pool.kv_bytes_per_token  # that it may come to need
    beyond = quotas.exceeded(tenant, held, kv_bytes)
    if beyond is not None:
        raise _beyond_quota(pool, beyond, held, chance)
    if not pool.ready:  # OC-POOL-3011, OC-POOL-3012
        raise _unready(pool, chance)
    if not pool.uniform and spec.strict:  # OC-CORE-1032
        raise _differing(pool)
    pool.advice.came(now_ms, pool.capacity.slots)
    position = pool.position_now(spec, now_ms, tenant.id)
    forecast = pool.forecast(spec, tokens_in, position)
    _check_deadline(spec, forecast, pool)
    if spec.max_queue_ms is not None and forecast.start_ms > spec.max_queue_ms:  # OC-CTRL-2016
        raise _too_long(forecast, pool, now_ms, chance)
    if pool.sheds_ms > 0 and spec.priority == "batch":  # ORCH-3040
        raise _shed(pool, chance)
    estimate = pool.costs.estimate(tenant.id, spec.priority, tokens_in, spec.max_tokens)
    weight = flow_weight(tenant.weight, spec.priority)
    placed = pool.queue.enqueue(
        job_id,
        None,
        PRIORITY_RANK[spec.priority],
        now_ms,
        tenant.id,
        estimate.cost,
        weight,
        latest_start_ms(now_ms + spec.deadline_ms, forecast.service_ms),
    )
    if isinstance(placed, Refused):
        raise refused_by(placed.policy, pool, now_ms, chance)
    place, evicted = (placed.position, placed.evicted.id) if isinstance(placed, Placed) else (placed, None)
    if place != position:
        forecast = pool.forecast(spec, tokens_in, place)
    return Admitted(pool.id, forecast, kv_bytes, need, estimate, weight, evicted)


def refused_by(policy: FullPolicy, pool: PoolView, now_ms: float, chance: float) -> OrchestratorError:
    """The refusal of a full queue: which policy, and when to come back."""
    # OC-CTRL-2011, OC-CORE-1002
    return OrchestratorError(
        REFUSAL_CODES[policy],
        f"The queue of pool {pool.id} is full.",
        engine=pool.engine,
        pool_id=pool.id,
        retry_after_ms=pool.advice.retry_after_ms(now_ms, pool.capacity.slots, chance),
        policy_label=REFUSAL_LABELS[policy],
    )


def _rank(spec: TaskSpec, size: Size, now_ms: float, tenant: Tenant, pool: PoolView) -> tuple[bool, int, str]:
    # ORCH-3091
    position = pool.position_now(spec, now_ms, tenant.id)
    ready = pool.ready and (pool.uniform or not spec.strict)
    return not ready, pool.forecast(spec, size.tokens_in, position).start_ms, pool.id


def _check_size(spec: TaskSpec, size: Size, pool: PoolView, tenant: Tenant) -> None:
    if spec.sampler_profile_version is not None and spec.sampler_profile_version not in pool.sampler_profiles:
        raise invalid(
            "/sampler_profile_version",
            "There is no sampler profile of this version.",
            engine=pool.engine,
            pool_id=pool.id,
        )
    limits = pool.limits
    guards.check_context(spec, size, limits, pool.engine, pool.id)
    if limits.kv_tokens is not None or tenant.kv_bytes is not None:
        quota_tokens = quotas.kv_tokens(tenant, pool.kv_bytes_per_token)
        guards.check_kv(spec, size, limits, pool.engine, pool.id, quota_tokens=quota_tokens)
    guards.check_tokens(spec, limits, pool.engine, pool.id)


def _unserved(spec: TaskSpec, pools: Collection[PoolView]) -> OrchestratorError:
    """No pool serves the task: what of it none has."""
    of_engine = [pool for pool in pools if pool.engine == spec.engine]
    if not of_engine:
        return invalid("/engine", f"No pool has the engine {spec.engine}.", engine=spec.engine)
    if not any(pool.models is None or spec.model_ref in pool.models for pool in of_engine):
        told = f"No pool of engine {spec.engine} serves this model."
        return invalid("/model_ref", told, engine=spec.engine)
    return invalid("/workload", f"The model is served, but not for {spec.workload}.", engine=spec.engine)


def _exhausted(pool: PoolView, over: tuple[Detail, ...]) -> OrchestratorError:
    return OrchestratorError(
        ErrorCode.BUDGET_EXHAUSTED,
        "The session has not enough left for this task.",
        engine=pool.engine,
        pool_id=pool.id,
        details=over,
    )


def _beyond_quota(pool: PoolView, over: Detail, held: Held, chance: float) -> OrchestratorError:
    return OrchestratorError(
        ErrorCode.QUOTA_EXCEEDED,
        over.message,
        engine=pool.engine,
        pool_id=pool.id,
        retry_after_ms=quotas.advice_ms(held, pool.advice.mean_lease_ms, chance),
        policy_label=PolicyLabel.QUOTA,
        details=(over,),
    )


def _unready(pool: PoolView, chance: float) -> OrchestratorError:
    """POOL_UNAVAILABLE, with the time for which no worker can be started as advice, or POOL_UNREADY, with the
    time of the next look.
    """
    later = 1 + JITTER * chance  # or all who were refused would come back in the same moment
    if pool.closed is not None:
        return OrchestratorError(
            ErrorCode.POOL_UNAVAILABLE,
            f"Pool {pool.id} cannot serve now: {pool.closed.why}.",
            engine=pool.engine,
            pool_id=pool.id,
            retry_after_ms=max(LEAST_ADVICE_MS, round(pool.closed.for_ms * later)),
        )
    return OrchestratorError(
        ErrorCode.POOL_UNREADY,
        f"Pool {pool.id} has no ready worker.",
        engine=pool.engine,
        pool_id=pool.id,
        retry_after_ms=max(LEAST_ADVICE_MS, round(pool.probe_ms * later)),
    )


def _differing(pool: PoolView) -> OrchestratorError:
    return OrchestratorError(
        ErrorCode.POOL_UNREADY,
        f"The workers of pool {pool.id} differ in what decides tokens; a strict task needs equal ones.",
        engine=pool.engine,
        pool_id=pool.id,
        retry_after_ms=max(LEAST_ADVICE_MS, round(pool.probe_ms)),
    )


def _check_deadline(spec: TaskSpec, forecast: Forecast, pool: PoolView) -> None:
    # OC-CORE-1025
    if spec.deadline_ms <= 0 or forecast.on_time < LEAST_PROBABILITY:
        predicted = f"The task is predicted to take {forecast.total_ms:.0f} ms"
        message = f"{predicted}, its deadline is {spec.deadline_ms} ms."
        raise OrchestratorError(
            ErrorCode.DEADLINE_UNMET,
            message,
            engine=pool.engine,
            pool_id=pool.id,
            details=(Detail(message, pointer="/deadline_ms"),),
        )


def _too_long(forecast: Forecast, pool: PoolView, now_ms: float, chance: float) -> OrchestratorError:
    message = f"The task would wait about {forecast.start_ms} ms, longer than its max_queue_ms."
    return OrchestratorError(
        ErrorCode.ADMISSION_REJECT,
        message,
        engine=pool.engine,
        pool_id=pool.id,
        retry_after_ms=pool.advice.retry_after_ms(now_ms, pool.capacity.slots, chance),
        details=(Detail(message, pointer="/max_queue_ms"),),
    )


def _shed(pool: PoolView, chance: float) -> OrchestratorError:
    return OrchestratorError(
        ErrorCode.ADMISSION_REJECT,
        f"Pool {pool.id} takes no batch tasks while its interactive ones are served too late.",
        engine=pool.engine,
        pool_id=pool.id,
        retry_after_ms=max(LEAST_ADVICE_MS, round(pool.sheds_ms * (1 + JITTER * chance))),
        policy_label=PolicyLabel.SHED_LOW_PRIORITY,
    )
