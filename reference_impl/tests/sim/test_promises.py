"""What the server promises comes true: probabilities, starts, advice and shares."""

import pytest
from orchsim.backlog import LEARNT, backlogged, window_shares
from orchsim.many import lives_of, processes
from orchsim.neighbours import compared
from orchsim.promises import after_a_burst, judged, probability_bins, promising, start_bins
from orchsim.scenario import Lengths
from orchsim.sharing import Share, Sharing
from orchsim.world import simulate

from orchestratord.core.costs import Costs, Estimate

BACKLOGS: list[tuple[Lengths, int]] = [("uniform", 0), ("uniform", 16), ("lognormal", 0), ("pareto", 0)]
ENOUGH_TASKS = 40  # of the largest, for 5 % to be two of them


@pytest.mark.requirement("ORCH-3081")
def test_probabilities_and_starts_come_about_as_they_were_told() -> None:
    with processes(2) as pool:
        promised = [life for lives in pool.map(lives_of, promising(18, 2_000)) for life in lives]
    bins = probability_bins(judged(promised))
    assert all(each.count >= 400 for each in bins)
    assert [each for each in bins if abs(each.met - each.promised) > 0.05] == []
    for each in start_bins([life for life in promised if life.priority == "interactive"], 8):
        assert each.p50 == pytest.approx(each.predicted, rel=0.25, abs=10)
        assert each.p10 < each.predicted < each.p90


@pytest.mark.requirement("OC-CTRL-2015")
@pytest.mark.parametrize("load", [0.3, 0.8, 0.9])
def test_nine_in_ten_who_obey_their_advice_are_admitted_on_return(load) -> None:
    """A burst beyond the queue, and then load below the drain rate; each return counts, second ones too, and
    so does each combination of places and slots.
    """
    for outcome in map(simulate, after_a_burst(load, seeds=1)):
        world = (outcome.scenario.capacity, outcome.scenario.slots)
        assert outcome.returned > 80, world
        assert outcome.returned_admitted / outcome.returned >= 0.9, world


def test_a_noisy_neighbour_costs_the_quiet_one_little_under_fair_queueing() -> None:
    found = {(one.rules, one.tenant): one for one in compared(tasks=2_500)}
    assert found["wfq", "quiet"].p95_ms < found["strict", "quiet"].p95_ms / 10
    assert found["wfq, quota", "quiet"].served > 0.95 > found["wfq", "quiet"].served


def sharing(lengths: Lengths, burst: int) -> Sharing:
    """What was dispatched in a world in which every flow is backlogged."""
    return simulate(backlogged(5, 6_000, lengths, burst)).sharing["p0"]


@pytest.mark.requirement("OC-CORE-1050")
@pytest.mark.parametrize(("lengths", "burst"), BACKLOGS)
def test_the_cost_of_every_flow_follows_its_weight(lengths, burst) -> None:
    """From the first dispatch on, when nothing is known yet of what the flows use; and within 5 percent, once
    there are estimates, where that is two tasks.
    """
    shared = sharing(lengths, burst)
    found = [share for window in window_shares(shared, first=0) for share in window]
    assert len(found) > 4 * 150
    assert {share.flow for share in found} == {(t, p) for t in "ab" for p in ("interactive", "batch")}
    assert [share for share in found if abs(share.off) > max(0.05, share.bound)] == []
    later = settled(shared)
    assert len(later) > 50
    assert [share for share in later if abs(share.off) > 0.05] == []


@pytest.mark.requirement("OC-CORE-1056")
def test_without_what_is_learnt_of_their_use_flows_that_allow_much_would_get_too_little(monkeypatch) -> None:
    monkeypatch.setattr(Costs, "estimate", lambda _s, _t, _p, *given: Estimate(*given, float(sum(given))))
    found = settled(sharing("uniform", burst=16))
    assert min(share.off for share in found if share.flow[0] == "b") < -0.1


def settled(one: Sharing) -> list[Share]:
    """The shares, once there are estimates, of flows that are due enough tasks."""
    windows = window_shares(one, LEARNT)
    return [share for window in windows for share in window if share.due_tasks >= ENOUGH_TASKS]
