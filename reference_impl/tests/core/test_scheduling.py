"""Fair sharing, rates, objectives, preemption and deadlines as decisions: tables and properties."""

import itertools
import pickle
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core._queue import create_queue
from orchestratord.core.costs import Costs
from orchestratord.core.deadlines import DeadlineRecord, latest_start_ms
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.fairness import Shares, flow_weight
from orchestratord.core.objectives import WINDOW_MS, FirstTokens
from orchestratord.core.preemption import MINUTE_MS, Allowance, Running, victim
from orchestratord.core.quotas import Held, Tenant, advice_ms, exceeded
from orchestratord.core.rate_limits import Rate, RateLimits, TokenBucket
from orchestratord.core.tasks import PRIORITY_RANK
from orchestratord.core.watchdog import Expired, WatchdogLimits, judge
from orchqueue_contract.errors import ErrorCode

FLOWS = st.tuples(st.sampled_from("abc"), st.sampled_from(["interactive", "batch"]))


def test_weights_are_the_tenants_times_the_priorities() -> None:
    assert [flow_weight(3, "interactive"), flow_weight(0.5, "batch")] == [24, 0.5]


@given(st.lists(st.tuples(FLOWS, st.integers(0, 50), st.integers(0, 50) | st.none()), max_size=60))
def test_shares_are_those_of_the_last_dispatches(course) -> None:
    shares, kept = Shares(window=8), []
    for (tenant, priority), cost, used in course:
        one = shares.dispatched(tenant, priority, cost)
        kept = [*kept, one][-8:]
        if used is not None:
            shares.settle(one if used % 2 else kept[0], used)
    total = sum(one.cost for one in kept)
    told = shares.shares()
    for flow in {(one.tenant, one.priority) for one in kept}:
        own = sum(one.cost for one in kept if (one.tenant, one.priority) == flow)
        assert told[flow] == pytest.approx(own / total if total else 0.0)
    assert sum(told.values()) == pytest.approx(1.0 if total else 0.0)


def test_what_has_left_the_window_is_corrected_no_more() -> None:
    shares = Shares(window=1)
    old = shares.dispatched("a", "batch", 5)
    shares.dispatched("b", "batch", 5)
    shares.settle(old, 500)
    assert shares.shares() == {("b", "batch"): 1.0}


@dataclass(frozen=True)
class Backlogged:
    """A flow that always has four tasks waiting, all of one size: what they are allowed, and use."""

    tenant: str
    priority: str
    tenant_weight: float
    allowed: int
    used: int

    @property
    def weight(self) -> float:
        return flow_weight(self.tenant_weight, self.priority)


FLOWS_OF_ALL_SIZES = [
    Backlogged("a", "interactive", 1.0, 40, 25),
    Backlogged("b", "interactive", 3.0, 10, 10),
    Backlogged("c", "batch", 40.0, 90, 60),
    Backlogged("d", "batch", 8.0, 20, 15),
    Backlogged("e", "batch", 2.0, 80, 40),
    Backlogged("f", "batch", 0.1, 64, 64),
]


@pytest.mark.requirement("OC-CORE-1050")
def test_backlogged_flows_of_all_sizes_share_cost_by_weight_over_a_thousand_dispatches() -> None:
    queue, shares, costs, number = (
        create_queue(64, "reject", 30_000, "wfq"),
        Shares(),
        Costs(),
        itertools.count(),
    )

    def enter(flow: Backlogged) -> None:
        estimate = costs.estimate(flow.tenant, flow.priority, 0, flow.allowed)
        rank = PRIORITY_RANK[flow.priority]
        queue.enqueue(f"{next(number)}", (flow, estimate), rank, 0, flow.tenant, estimate.cost, flow.weight)

    for flow in FLOWS_OF_ALL_SIZES * 4:
        enter(flow)
    for learnt in (False, False, True, True):
        total = 0
        for _ in range(1000):
            ticket = queue.dequeue(0)
            flow, estimate = ticket.payload
            shares.settle(shares.dispatched(flow.tenant, flow.priority, ticket.cost), flow.used)
            costs.ended(flow.tenant, flow.priority, estimate, 0, flow.used)
            queue.settle(ticket, flow.used)
            total += flow.used
            enter(flow)
        _check_shares(shares.shares(), total, learnt)


def _check_shares(told: dict[tuple[str, str], float], total: int, learnt: bool) -> None:
    """Within 5 %, or within one task of the flow's own and its part of one of each other flow's.

    Until estimates are learnt, what its waiting tasks are taken to cost too much comes on top.
    """
    bounds = {
        flow: flow.used + (0 if learnt else 5 * (flow.allowed - flow.used)) for flow in FLOWS_OF_ALL_SIZES
    }
    weights = sum(flow.weight for flow in FLOWS_OF_ALL_SIZES)
    for flow, own in bounds.items():
        part = flow.weight / weights
        bound = own * (1 - part) + part * (sum(bounds.values()) - own)
        off = abs(told.get((flow.tenant, flow.priority), 0.0) - part)
        assert off <= max(0.05 * part, bound / total), flow


@pytest.mark.requirement("OC-CORE-1051")
def test_quotas_are_whole_numbers_of_what_is_held() -> None:
    tenant, held = Tenant("t", max_concurrent=2, kv_bytes=100), Held()
    for _ in range(2):
        assert exceeded(tenant, held, 50) is None
        held.take(50)
    assert exceeded(tenant, held, 0).name == "max_concurrent"
    held.give_back(50)
    assert exceeded(tenant, held, 51).name == "kv_bytes"
    assert exceeded(tenant, held, 50) is None
    assert exceeded(Tenant("free"), Held(10**6, 10**12), 10**12) is None


@pytest.mark.parametrize(
    ("held", "lease_ms", "chance", "advice"),
    [(0, 1000, 0, 1000), (4, 1000, 0, 250), (4, 1000, 1, 300), (100, 1000, 0, 50), (1, 10**6, 0, 300_000)],
)
def test_advice_of_a_quota_is_when_a_task_will_have_ended(held, lease_ms, chance, advice) -> None:
    assert advice_ms(Held(held), lease_ms, chance) == advice


@given(
    st.floats(0.5, 50),
    st.integers(1, 5),
    st.lists(st.floats(0, 2000), max_size=40),
)
def test_a_bucket_never_gives_more_than_burst_and_rate(rps, burst, gaps) -> None:
    bucket, now, taken = TokenBucket(Rate(rps, burst), 0.0), 0.0, []
    for gap in gaps:
        now += gap
        if bucket.wait_ms(now) == 0:
            bucket.take()
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            span = taken[last] - taken[first]
            assert last - first + 1 <= burst + span * rps / 1000 + 1e-6


def test_a_bucket_says_when_its_next_token_comes() -> None:
    bucket = TokenBucket(Rate(4, 1), 0)
    bucket.take()
    assert bucket.wait_ms(100) == pytest.approx(150)
    assert bucket.wait_ms(250) == 0


@pytest.mark.requirement("ORCH-3006")
def test_key_and_tenant_both_limit_and_a_refusal_takes_of_neither() -> None:
    limits = RateLimits({"t": Rate(1, 3)})
    limits.check("k", Rate(1, 2), "t", 0)
    limits.check("k", Rate(1, 2), "t", 0)
    with pytest.raises(OrchestratorError) as refused:
        limits.check("k", Rate(1, 2), "t", 0)
    error = refused.value
    told = (error.code, error.policy_label, error.retry_after_ms)
    assert told == (ErrorCode.RATE_LIMITED, "rate-limit", 1000)
    limits.check("other", None, "t", 0)
    with pytest.raises(OrchestratorError):
        limits.check("other", None, "t", 0)
    limits.check("other", None, "elsewhere", 0)


def test_a_key_whose_rate_has_changed_begins_anew() -> None:
    limits = RateLimits({})
    limits.check("k", Rate(1, 1), "t", 0)
    limits.check("k", Rate(1, 5), "t", 0)


@pytest.mark.parametrize(
    ("in_time", "late", "waiting", "breached"),
    [
        (0, 0, [], False),
        (19, 1, [], False),
        (18, 1, [], True),
        (0, 0, [99, 100], False),
        (0, 0, [101], True),
        (19, 0, [101], False),
        (19, 0, [101, 101], True),
    ],
)
def test_an_objective_is_missed_when_more_than_5_of_100_are_late(in_time, late, waiting, breached) -> None:
    tokens = FirstTokens(100)
    for latency, count in ((100, in_time), (101, late)):
        for _ in range(count):
            tokens.observe(0, latency)
    assert tokens.breached(0, waiting) is breached
    assert tokens.breached(WINDOW_MS, ()) is False


@given(st.lists(st.tuples(st.integers(0, 5_000), st.booleans()), max_size=60))
def test_an_objective_is_kept_again_when_it_is_said_to_be(seen) -> None:
    tokens, now = FirstTokens(100), 0.0
    for pause, late in seen:
        now += pause
        tokens.observe(now, 101 if late else 100)
    kept_in = tokens.kept_in_ms(now)
    assert (kept_in > 0) is tokens.breached(now)
    assert not tokens.breached(now + kept_in)


def test_what_is_remembered_of_a_minute_does_not_grow_with_what_comes_in_it() -> None:
    few, many = FirstTokens(100), FirstTokens(100)
    for tenth in range(600):
        few.observe(tenth * 100.0, 101)
        for hundredth in range(10):
            many.observe(tenth * 100.0 + hundredth * 10, 101)
    assert many.breached(60_000)
    assert len(pickle.dumps(many)) < 1.05 * len(pickle.dumps(few))
    many.observe(120_000, 100)
    assert not many.breached(120_000)


RUNNING = [
    Running("old", batch=True, started_ms=1),
    Running("young", batch=True, started_ms=5),
    Running("urgent", batch=False, started_ms=9),
    Running("strict", batch=True, started_ms=8, spared=True),
]


@pytest.mark.requirement("OC-CORE-1052")
def test_the_youngest_batch_task_that_may_be_stopped_is() -> None:
    assert victim(RUNNING) == "young"
    assert victim(RUNNING[2:]) is None
    assert victim([]) is None


def test_so_many_are_stopped_in_any_minute() -> None:
    allowance = Allowance(2)
    for now in (0, 10):
        assert allowance.free_at_ms(now) == now
        allowance.take(now)
    assert allowance.free_at_ms(20) == MINUTE_MS
    assert allowance.free_at_ms(MINUTE_MS) == MINUTE_MS
    allowance.take(MINUTE_MS)
    assert allowance.free_at_ms(MINUTE_MS) == MINUTE_MS + 10


def test_the_watchdog_does_not_reckon_the_time_in_which_a_task_was_stopped() -> None:
    limits = WatchdogLimits(wall_ms=100, first_token_ms=50, idle_ms=10)
    assert judge(limits, 1020, 1000, None, ran_before_ms=60) == 1040
    assert isinstance(judge(limits, 1040, 1000, 1039, ran_before_ms=60), Expired)


def test_what_would_be_late_if_it_started_now_is_known_by_its_latest_start() -> None:
    assert latest_start_ms(1500, 400) == 1100


def test_deadlines_are_counted_by_priority_and_for_a_while() -> None:
    record = DeadlineRecord(window=4)
    assert record.ratios() == {}
    for met in (False, False, True, True, True):
        record.ended("batch", met=met)
    assert record.ratios() == {"batch": 0.75}
