"""What tasks are taken to cost: all that they are allowed at first, then what their flow uses."""

from random import Random

import pytest

from orchestratord.core.costs import ENOUGH_TASKS, HALF_LIFE_TASKS, Costs, Estimate

FLOW = ("acme", "interactive")


def learnt(tasks, flow=FLOW, costs=None) -> Costs:
    """From (tokens in, tokens allowed, tokens really in, tokens out) of tasks that have ended."""
    costs = costs or Costs()
    for tokens_in, allowed, really_in, out in tasks:
        costs.ended(*flow, costs.estimate(*flow, tokens_in, allowed), really_in, out)
    return costs


def test_prompt_and_all_that_is_allowed_until_there_is_enough() -> None:
    few = learnt([(10, 100, 10, 20)] * (ENOUGH_TASKS - 1))
    assert few.estimate(*FLOW, 10, 100) == Estimate(10, 100, 110.0)
    assert Costs().estimate(*FLOW, 0, 0).cost == 1.0


@pytest.mark.requirement("OC-CORE-1056")
def test_then_what_the_flow_uses_of_it() -> None:
    costs = learnt([(10, 100, 10, 20)] * ENOUGH_TASKS)
    assert costs.estimate(*FLOW, 10, 100).cost == 30
    assert costs.estimate(*FLOW, 10, 50).cost == 20
    assert costs.estimate(*FLOW, 10, 1000).cost == 210


@pytest.mark.requirement("OC-CORE-1056")
def test_a_flow_is_reckoned_by_its_own_tasks_and_a_new_one_by_all() -> None:
    costs = learnt([(0, 100, 0, 20)] * 200)
    learnt([(0, 100, 0, 100)] * 200, ("other", "interactive"), costs)
    assert costs.estimate("acme", "interactive", 0, 100).cost == 20
    assert costs.estimate("other", "interactive", 0, 100).cost == 100
    assert 60 < costs.estimate("other", "batch", 0, 100).cost < 100


@pytest.mark.requirement("OC-CORE-1056")
@pytest.mark.parametrize(
    "output",
    [
        lambda allowed, random: round(allowed * random.uniform(0.1, 0.5)),
        lambda allowed, random: min(allowed, round(random.uniform(20, 120))),
        lambda allowed, _random: allowed,
    ],
    ids=["a part of what is allowed", "whatever is allowed", "all that is allowed"],
)
def test_estimates_are_right_on_average(output) -> None:
    random, costs, off, used = Random(4), Costs(), 0.0, 0.0
    for number in range(3000):
        tokens_in, allowed = random.randint(10, 400), random.choice([64, 256, 4096])
        estimate = costs.estimate(*FLOW, tokens_in, allowed)
        really_in, out = round(tokens_in * 1.3), output(allowed, random)
        costs.ended(*FLOW, estimate, really_in, out)
        if number > HALF_LIFE_TASKS:
            off, used = off + estimate.cost - really_in - out, used + really_in + out
        assert 1 <= estimate.cost <= round(1.3 * tokens_in) + allowed + 1
        assert estimate.cost == int(estimate.cost)
    assert abs(off) <= 0.02 * used


def test_what_was_is_forgotten_by_halves() -> None:
    costs = learnt([(0, 100, 0, 100)] * 2000)
    learnt([(0, 100, 0, 0)] * HALF_LIFE_TASKS, costs=costs)
    assert costs.estimate(*FLOW, 0, 100).cost == pytest.approx(50, abs=1)


def test_tasks_without_a_prompt_or_an_allowance_teach_the_rest() -> None:
    costs = learnt([(0, 0, 0, 7)] * ENOUGH_TASKS)
    assert costs.estimate(*FLOW, 5, 10).cost == 12
    assert costs.estimate(*FLOW, 5, 3).cost == 8
