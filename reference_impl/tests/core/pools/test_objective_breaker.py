"""When batch tasks are shed for the sake of interactive ones, and when no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.pools.breaker import BreakerState
from orchestratord.core.pools.objective_breaker import ObjectiveBreaker, ObjectiveRules

CLOSED, OPEN = BreakerState.CLOSED, BreakerState.OPEN
RULES = ObjectiveRules(300, 200)


def after(*seen: tuple[float, bool]) -> ObjectiveBreaker:
    """A breaker that has seen the objective missed, or not, at those times."""
    breaker = ObjectiveBreaker(RULES)
    for now_ms, missed in seen:
        breaker.observe(now_ms, missed=missed)
    return breaker


@pytest.mark.requirement("ORCH-3040")
def test_it_opens_after_a_long_breach_and_no_sooner() -> None:
    breaker = after((0, False), (100, True), (399, True))
    assert (breaker.state(399), breaker.wait_ms(399)) == (CLOSED, 0)
    assert (breaker.state(400), breaker.wait_ms(400)) == (OPEN, 200)


@pytest.mark.requirement("ORCH-3040")
def test_a_breach_that_pauses_begins_anew() -> None:
    breaker = after((0, True), (299, False), (299, True))
    assert breaker.state(598) is CLOSED
    assert breaker.state(599) is OPEN


@pytest.mark.requirement("ORCH-3040")
def test_it_closes_after_the_objective_was_kept_for_long() -> None:
    breaker = after((0, True), (300, True), (350, False), (500, False))
    assert (breaker.state(549), breaker.wait_ms(549)) == (OPEN, 1)
    assert (breaker.state(550), breaker.wait_ms(550)) == (CLOSED, 0)


@pytest.mark.requirement("ORCH-3040")
def test_a_relapse_keeps_it_open() -> None:
    breaker = after((0, True), (300, True), (350, False), (540, True), (541, False))
    assert breaker.wait_ms(600) == 141
    assert breaker.state(740) is OPEN
    assert breaker.state(741) is CLOSED


def test_the_advice_reckons_with_a_breach_that_goes_on() -> None:
    breaker = after((0, True))
    breaker.observe(300, missed=True, kept_in_ms=150)
    assert breaker.wait_ms(300) == 350
    assert breaker.wait_ms(400) == 250
    assert breaker.wait_ms(500) == 200
    breaker.observe(500, missed=False)
    assert breaker.wait_ms(600) == 100


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=40))
def test_it_changes_only_after_as_long_as_the_rules_say(steps: list[tuple[int, bool]]) -> None:
    breaker, now, steady, last, state = ObjectiveBreaker(RULES), 0, 0, False, CLOSED
    for pause, missed in steps:
        for _ in range(pause):
            now, steady = now + 1, steady + 1
            before, state = state, breaker.state(now)
            if state is not before:
                assert last is (state is OPEN)
                assert steady >= (RULES.breach_ms if last else RULES.recovery_ms)
            assert (breaker.wait_ms(now) > 0) is (state is OPEN)
        if missed is not last:
            last, steady = missed, 0
        breaker.observe(now, missed=missed)
