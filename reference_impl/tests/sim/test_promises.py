"""What the server promises comes true: probabilities, starts, advice and shares."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache

import pytest
from orchsim.backlog import shares, weights
from orchsim.lives import Life
from orchsim.neighbours import compared
from orchsim.promises import after_a_burst, judged, probability_bins, promising, start_bins
from orchsim.scenario import Scenario, Tenant
from orchsim.world import Outcome, simulate

BACKLOG = Scenario(
    seed=5,
    tasks=5_000,
    order="wfq",
    capacity=1_000,
    batch=0.0,
    backlog=24,
    deadline=1e6,
    deadline_spread=0.0,
    tenants=(Tenant("a", 1, 1, 1.2), Tenant("b", 1, 2, 1.7), Tenant("c", 1, 3, 2.2)),
)


@cache
def promised() -> list[Life]:
    """Every task of the worlds in which promises are judged, without what belongs to the service."""
    with ProcessPoolExecutor(2) as pool:
        return [life for lives in pool.map(_lives, promising(18, 3_000)) for life in lives]


def _lives(scenario: Scenario) -> list[Life]:
    return [life.alone() for life in simulate(scenario).lives.values() if life.job is not None]


@pytest.mark.requirement("ORCH-3081")
def test_probabilities_are_met_by_as_many_as_they_say() -> None:
    bins = probability_bins(judged(promised()))
    assert all(each.count >= 500 for each in bins)
    assert [round(each.met - each.promised, 3) for each in bins if abs(each.met - each.promised) > 0.05] == []


def test_predicted_starts_are_in_the_middle_of_what_came() -> None:
    for each in start_bins([life for life in promised() if life.priority == "interactive"], 8):
        assert each.p50 == pytest.approx(each.predicted, rel=0.25, abs=10)
        assert each.p10 < each.predicted < each.p90


@pytest.mark.requirement("OC-CTRL-2015")
@pytest.mark.parametrize("load", [0.3, 0.5, 0.8])
def test_nine_in_ten_who_obey_their_advice_are_admitted_on_return(load) -> None:
    """A burst beyond the queue, and then load below the drain rate; each return counts, second ones too."""
    outcomes = [simulate(scenario) for scenario in after_a_burst(load, seeds=1)]
    returned = sum(outcome.returned for outcome in outcomes)
    assert returned > 200
    assert sum(outcome.returned_admitted for outcome in outcomes) / returned >= 0.9


def test_a_noisy_neighbour_costs_the_quiet_one_little_under_fair_queueing() -> None:
    found = {(one.rules, one.tenant): one for one in compared(tasks=2_500)}
    assert found["wfq", "quiet"].p95_ms < found["strict", "quiet"].p95_ms / 10
    assert found["wfq, quota", "quiet"].served > 0.95 > found["wfq", "quiet"].served


@cache
def backlogged() -> Outcome:
    """A world in which every flow always has something waiting."""
    return simulate(BACKLOG)


@pytest.mark.requirement("OC-CORE-1050")
def test_shares_of_cost_follow_the_weights() -> None:
    due, windows = weights(BACKLOG), list(shares(backlogged().order, BACKLOG))
    assert len(windows) > 10
    for window in windows:
        for flow, share in window.items():
            assert share == pytest.approx(due[flow], rel=0.05)


def test_shares_that_ignore_the_weights_are_seen() -> None:
    """The check of shares can fail: first come, first served gives each flow the same."""
    window = next(shares(simulate(replace(BACKLOG, order="strict")).order, BACKLOG))
    assert any(abs(share / weights(BACKLOG)[flow] - 1) > 0.05 for flow, share in window.items())
