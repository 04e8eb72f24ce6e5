"""Admission: which judgement answers, where it points, and what it leaves behind."""

import pytest

from orchestratord.core import admission
from orchestratord.core._queue import INTERACTIVE, create_queue
from orchestratord.core.advice import Advice
from orchestratord.core.budgets import Account, Amount, Budgets
from orchestratord.core.costs import Costs
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.forecast import Capacity
from orchestratord.core.guards import Size, TokenLimits
from orchestratord.core.pool_view import Closed, PoolView
from orchestratord.core.quotas import Held, Tenant
from orchestratord.core.tasks import PRIORITIES, TaskSpec
from orchestratord.core.times import Times
from orchqueue_contract.errors import ErrorCode

SPEC = TaskSpec(
    task_id="0" * 8,
    session_id="0" * 8,
    workload="completion",
    model_ref="tiny",
    engine="llamacpp",
    ctx=0,
    priority="interactive",
    deadline_ms=60_000,
    prompt="hello",
    max_tokens=16,
)


TENANT = Tenant("acme")


def spec(**changes) -> TaskSpec:
    return TaskSpec(**{**{name: getattr(SPEC, name) for name in TaskSpec.__struct_fields__}, **changes})


def pool(pool_id="a", **changes) -> PoolView:
    fields = {
        "id": pool_id,
        "engine": "llamacpp",
        "models": frozenset({"tiny"}),
        "workloads": frozenset({"completion"}),
        "sampler_profiles": frozenset({"v1"}),
        "limits": TokenLimits(1000, 100),
        "ready": True,
        "probe_ms": 1000,
        "capacity": Capacity(2, 2, list),
        "queue": create_queue(2, "reject", 30_000),
        "times": {priority: Times() for priority in PRIORITIES},
        "advice": Advice(),
        "costs": Costs(),
    }
    return PoolView(**{**fields, **changes})


def admit(
    one: TaskSpec,
    *pools: PoolView,
    tokens_in: int = 2,
    tenant: Tenant = TENANT,
    held: Held | None = None,
    account: Account | None = None,
    chance: float = 0,
) -> admission.Admitted:
    account = account or Account(Budgets())
    held = held or Held()
    size = Size(tokens_in, tokens_in)
    return admission.admit("job", one, size, tenant, held, pools, account=account, now_ms=0, chance=chance)


def refusal(one: TaskSpec, *pools: PoolView, **given) -> OrchestratorError:
    with pytest.raises(OrchestratorError) as refused:
        admit(one, *pools, **given)
    assert all(len(pool.queue) == 0 or pool.queue.capacity == len(pool.queue) for pool in pools)
    return refused.value


def test_a_task_that_fits_gets_a_place() -> None:
    view = pool()
    admitted = admit(SPEC, view)
    assert (admitted.pool_id, admitted.forecast.position, admitted.forecast.start_ms) == ("a", 0, 0)
    assert [(entry.id, entry.tenant) for entry in view.queue.ordered(0)] == [("job", "acme")]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"engine": "vllm"}, "/engine"),
        ({"model_ref": "other"}, "/model_ref"),
        ({"workload": "embedding"}, "/workload"),
        ({"ctx": 1001}, "/ctx"),
        ({"max_tokens": 101}, "/max_tokens"),
        ({"max_tokens": 999}, "/max_tokens"),
        ({"ctx": 10, "max_tokens": 9}, "/max_tokens"),
        ({"sampler_profile_version": "v9"}, "/sampler_profile_version"),
    ],
)
def test_what_does_not_fit_is_pointed_at(changes, pointer) -> None:
    error = refusal(spec(**changes), pool())
    assert (error.code, error.details[0].pointer) == (ErrorCode.INVALID_PARAMS, pointer)


def test_an_overlong_prompt_is_pointed_at() -> None:
    assert refusal(SPEC, pool(), tokens_in=1001).details[0].pointer == "/prompt"


def test_a_pool_without_a_model_takes_any() -> None:
    assert admit(spec(model_ref="whatever"), pool(models=None)).pool_id == "a"


def test_limits_come_before_readiness_and_readiness_before_the_deadline() -> None:
    unready = pool(ready=False)
    assert refusal(spec(max_tokens=101), unready).code is ErrorCode.INVALID_PARAMS
    error = refusal(spec(deadline_ms=0), unready)
    assert (error.code, error.retry_after_ms, error.pool_id) == (ErrorCode.POOL_UNREADY, 1000, "a")


@pytest.mark.parametrize("deadline_ms", [0, -1, 1])
def test_a_deadline_that_cannot_be_met(deadline_ms) -> None:
    error = refusal(spec(deadline_ms=deadline_ms), pool())
    assert (error.code, error.details[0].pointer) == (ErrorCode.DEADLINE_UNMET, "/deadline_ms")


def test_patience_is_judged_by_the_predicted_wait() -> None:
    busy = pool(capacity=Capacity(2, 0, lambda: [400.0, 300.0]))
    assert refusal(spec(max_queue_ms=0), busy).code is ErrorCode.ADMISSION_REJECT
    error = refusal(spec(max_queue_ms=170), busy)
    assert (error.code, error.details[0].pointer) == (ErrorCode.ADMISSION_REJECT, "/max_queue_ms")
    assert admit(spec(max_queue_ms=172), busy).forecast.start_ms == 171
    assert admit(spec(max_queue_ms=0), pool()).forecast.start_ms == 0


@pytest.mark.parametrize(
    ("policy", "priority", "code"),
    [
        ("reject", "interactive", ErrorCode.ADMISSION_REJECT),
        ("drop-lru", "batch", ErrorCode.QUEUE_FULL_DROP_LRU),
        ("shed-low-priority", "batch", ErrorCode.ADMISSION_REJECT),
    ],
)
def test_a_full_queue_names_its_policy_and_gives_advice(policy, priority, code) -> None:
    queue = create_queue(1, policy, 30_000)
    queue.enqueue("other", None, INTERACTIVE, 0)
    error = refusal(spec(priority=priority), pool(queue=queue, capacity=Capacity(2, 0, lambda: [1.0, 1.0])))
    assert (error.code, error.policy_label, error.retry_after_ms) == (code, policy, 500)


def test_a_ready_pool_is_preferred_then_the_earliest_start_then_the_id() -> None:
    busy = Capacity(1, 0, lambda: [500.0])
    assert admit(SPEC, pool("a", ready=False), pool("b", capacity=busy)).pool_id == "b"
    assert admit(SPEC, pool("a", capacity=busy), pool("b")).pool_id == "b"
    assert admit(SPEC, pool("b"), pool("a")).pool_id == "a"


def test_a_pool_that_is_too_small_is_passed_over() -> None:
    small, large = pool("a", limits=TokenLimits(10, 100)), pool("b", limits=TokenLimits(2000, 100))
    assert admit(SPEC, small, large, tokens_in=500).pool_id == "b"


@pytest.mark.parametrize(
    ("tenant", "held", "over"),
    [
        (Tenant("acme", max_concurrent=2), Held(2, 0), "max_concurrent"),
        (Tenant("acme", kv_bytes=180), Held(1, 1), "kv_bytes"),
        (Tenant("acme", kv_bytes=300), Held(1, 121), "kv_bytes"),
    ],
)
def test_a_quota_is_judged_before_readiness_and_named(tenant, held, over) -> None:
    unready = pool(ready=False, kv_bytes_per_token=10)
    error = refusal(SPEC, unready, tenant=tenant, held=held)
    assert (error.code, error.policy_label) == (ErrorCode.QUOTA_EXCEEDED, "quota")
    assert (error.details[0].name, error.pool_id) == (over, "a")
    assert refusal(spec(max_tokens=101), unready, tenant=tenant, held=held).code is ErrorCode.INVALID_PARAMS


def test_what_a_quota_still_holds_is_admitted() -> None:
    tenant = Tenant("acme", max_concurrent=2, kv_bytes=300)
    admitted = admit(SPEC, pool(kv_bytes_per_token=10), tenant=tenant, held=Held(1, 120))
    assert admitted.kv_bytes == 180


def test_of_the_class_that_loses_a_task_that_is_too_late_goes_first() -> None:
    queue = create_queue(2, "drop-lru", 30_000)
    view = pool(queue=queue, capacity=Capacity(2, 0, lambda: [1.0, 1.0]))

    def enter(job: str, deadline_ms: int, now_ms: float) -> admission.Admitted:
        one = spec(priority="batch", deadline_ms=deadline_ms)
        account = Account(Budgets())
        return admission.admit(
            job, one, Size(2, 2), TENANT, Held(), [view], account=account, now_ms=now_ms, chance=0
        )

    # The prior says 1 s of service: the second cannot start later than 500 ms after it came.
    assert enter("early", 60_000, 0).evicted is None
    assert enter("pressed", 1_500, 1).evicted is None
    assert enter("new", 60_000, 502).evicted == "pressed"
    assert enter("newer", 60_000, 503).evicted == "early"


@pytest.mark.parametrize(
    ("budgets", "names"),
    [
        (Budgets(turns=0), ["turns"]),
        (Budgets(tokens=17), ["tokens"]),
        (Budgets(time_ms=59_999), ["time_ms"]),
        (Budgets(cost=35), ["cost"]),
        (Budgets(turns=0, tokens=0, time_ms=0, cost=0), ["turns", "tokens", "time_ms", "cost"]),
    ],
)
def test_a_session_that_has_too_little_left_is_told_what(budgets, names) -> None:
    error = refusal(SPEC, pool(), account=Account(budgets))
    assert (error.code, error.engine, error.pool_id) == (ErrorCode.BUDGET_EXHAUSTED, "llamacpp", "a")
    assert [detail.name for detail in error.details] == names


def test_a_task_needs_its_worst_case_of_its_session() -> None:
    assert admit(SPEC, pool()).need == Amount(18, 60_000, 36)
    assert admit(SPEC, pool(wall_ms=5_000)).need == Amount(18, 5_000, 36)


def test_budgets_come_after_limits_and_before_quotas() -> None:
    spent = Account(Budgets(turns=0))
    assert refusal(spec(max_tokens=101), pool(), account=spent).code is ErrorCode.INVALID_PARAMS
    full = Tenant("acme", max_concurrent=1)
    unready = pool(ready=False)
    error = refusal(spec(deadline_ms=0), unready, account=spent, tenant=full, held=Held(1, 0))
    assert error.code is ErrorCode.BUDGET_EXHAUSTED
    assert refusal(SPEC, unready, tenant=full, held=Held(1, 0)).code is ErrorCode.QUOTA_EXCEEDED


@pytest.mark.requirement("OC-POOL-3022")
@pytest.mark.parametrize(
    ("one", "tokens_in", "pointer"),
    [
        (spec(max_tokens=19), 2, "/max_tokens"),
        (spec(max_tokens=1), 20, "/max_tokens"),
        (spec(max_tokens=1), 21, "/prompt"),
        (spec(workload="embedding", max_tokens=0, inputs=("a", "b"), prompt=""), 21, "/inputs"),
    ],
)
def test_a_task_that_no_kv_memory_could_hold_is_refused(one, tokens_in, pointer) -> None:
    tight = pool(
        limits=TokenLimits(1000, 100, kv_tokens=20), workloads=frozenset({"completion", "embedding"})
    )
    error = refusal(one, tight, tokens_in=tokens_in)
    assert (error.code, error.details[0].pointer) == (ErrorCode.INVALID_PARAMS, pointer)
    assert admit(spec(max_tokens=18), tight).pool_id == "a"
    assert admit(spec(max_tokens=19), tight, pool("b")).pool_id == "b"


@pytest.mark.requirement("OC-CORE-1057")
def test_a_task_that_its_tenant_could_never_hold_is_refused_for_good() -> None:
    tenant, dear = Tenant("acme", kv_bytes=179), pool("a", ready=False, kv_bytes_per_token=10)
    error = refusal(SPEC, dear, tenant=tenant)
    assert (error.code, error.details[0].pointer) == (ErrorCode.INVALID_PARAMS, "/max_tokens")
    assert refusal(SPEC, dear, tenant=tenant, tokens_in=18).details[0].pointer == "/prompt"
    assert admit(SPEC, dear, pool("b", kv_bytes_per_token=9), tenant=tenant).pool_id == "b"
    assert admit(SPEC, pool(kv_bytes_per_token=0), tenant=tenant).pool_id == "a"


@pytest.mark.requirement("OC-POOL-3011")
@pytest.mark.requirement("OC-POOL-3012")
def test_a_pool_none_of_whose_workers_may_be_started_says_for_how_long() -> None:
    closed = pool(ready=False, closed=Closed("device 1 is not there", 12_345.6))
    error = refusal(SPEC, closed)
    assert (error.code, error.retry_after_ms) == (ErrorCode.POOL_UNAVAILABLE, 12_346)
    assert refusal(SPEC, closed, chance=1).retry_after_ms == 14_815  # not all come back at once
    assert refusal(SPEC, pool(ready=False), chance=0.5).retry_after_ms == 1_100
    assert "device 1 is not there" in error.message
    assert admit(SPEC, pool(closed=Closed("one of two lacks its device", 1))).pool_id == "a"


@pytest.mark.requirement("ORCH-3040")
def test_batch_tasks_are_shed_while_interactive_ones_are_too_late() -> None:
    late = pool(sheds_ms=400)
    error = refusal(spec(priority="batch"), late)
    assert (error.code, error.policy_label) == (ErrorCode.ADMISSION_REJECT, "shed-low-priority")
    assert error.retry_after_ms == 400
    assert refusal(spec(priority="batch", deadline_ms=0), late).code is ErrorCode.DEADLINE_UNMET
    assert admit(SPEC, late).pool_id == "a"


def test_strict_tasks_need_a_pool_of_equal_workers() -> None:
    mixed, equal = pool(uniform=False), pool("b")
    strict = spec(determinism="strict")
    error = refusal(strict, mixed)
    assert (error.code, error.retry_after_ms, error.pool_id) == (ErrorCode.POOL_UNREADY, 1000, "a")
    assert admit(spec(), mixed).pool_id == "a"
    assert admit(strict, mixed, equal).pool_id == "b"
