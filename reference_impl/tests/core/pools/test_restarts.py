"""When a worker that fails is tried again, and when no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.pools.backoff import Backoff
from orchestratord.core.pools.breaker import Breaker, BreakerRules, BreakerState

RULES = BreakerRules(restarts=3, window_ms=1_000, open_ms=500, healthy_ms=200)


@pytest.mark.requirement("OC-POOL-3011")
def test_pauses_double_up_to_the_longest() -> None:
    pauses = [Backoff(500, 30_000).pause_ms(n, 0.5) for n in range(1, 9)]
    assert pauses == [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_jitter_stays_within_a_fifth(failures: int, chance: float) -> None:
    backoff = Backoff(500, 30_000)
    middle = backoff.pause_ms(failures, 0.5)
    assert middle * 0.8 - 1e-6 <= backoff.pause_ms(failures, chance) <= middle * 1.2 + 1e-6


def opened(at_ms: float = 30) -> Breaker:
    breaker = Breaker(RULES)
    for now in (at_ms - 20, at_ms - 10, at_ms):
        assert breaker.wait_ms(now) == 0
        breaker.restarting(now)
        breaker.failed(now)
    return breaker


@pytest.mark.requirement("OC-POOL-3011")
def test_too_many_restarts_open_it() -> None:
    breaker = opened()
    assert breaker.state(30) is BreakerState.OPEN
    assert breaker.wait_ms(30) == 500
    assert breaker.wait_ms(430) == 100


def test_restarts_that_lie_far_apart_do_not_open_it() -> None:
    breaker = Breaker(RULES)
    for now in range(0, 10_000, 600):
        breaker.restarting(now)
        breaker.failed(now)
        assert breaker.state(now) is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_anew() -> None:
    breaker = opened()
    breaker.restarting(530)
    assert breaker.state(530) is BreakerState.HALF_OPEN
    breaker.failed(540)
    assert breaker.state(540) is BreakerState.OPEN
    assert breaker.wait_ms(540) == 500


def test_a_probe_that_holds_closes_it() -> None:
    breaker = opened()
    breaker.restarting(530)
    breaker.healthy(600)
    assert breaker.state(799) is BreakerState.HALF_OPEN
    assert breaker.state(800) is BreakerState.CLOSED
    breaker.failed(801)
    assert breaker.state(801) is BreakerState.CLOSED


def test_health_that_is_interrupted_does_not_close_it() -> None:
    breaker = opened()
    breaker.restarting(530)
    breaker.healthy(600)
    breaker.failed(700)
    breaker.restarting(1_200)
    breaker.healthy(1_250)
    assert breaker.state(1_300) is BreakerState.HALF_OPEN
