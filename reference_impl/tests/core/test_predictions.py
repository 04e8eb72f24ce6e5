"""What is promised: starts, probabilities and advice, against what was measured."""

import heapq
from random import Random

import pytest

from orchestratord.core.advice import Advice
from orchestratord.core.forecast import Capacity, on_time_probability, predicted_start_ms
from orchestratord.core.service_times import ENOUGH_TASKS, PRIOR_MS, ErrorSketch, Served, ServiceTimes

SERVED = Served(tokens_in=10, tokens_out=50, tokens_allowed=100, first_token_ms=100, decode_ms=490)


def measured(count: int = ENOUGH_TASKS) -> ServiceTimes:
    times = ServiceTimes()
    for _ in range(count):
        times.observe(SERVED)
    return times


def test_the_prior_holds_until_there_is_enough() -> None:
    assert measured(ENOUGH_TASKS - 1).predict_ms(10, 100, None) == PRIOR_MS
    assert measured().predict_ms(10, 100, None) == pytest.approx(100 + 500)


def test_prediction_scales_with_prompt_and_output() -> None:
    assert measured().predict_ms(20, 200, None) == pytest.approx(200 + 1000)
    assert measured().predict_ms(10, 100, 10) == pytest.approx(100 + 100)


def test_old_tasks_are_forgotten_by_halves() -> None:
    times = measured(200)
    for _ in range(32):
        times.observe(Served(10, 50, 100, 300, 490))
    assert times.predict_ms(10, 100, 0) == pytest.approx(200, rel=0.02)


@pytest.mark.parametrize(
    ("position", "capacity", "expected"),
    [
        (0, Capacity(2, 1, lambda: [100]), 0),
        (1, Capacity(2, 1, lambda: [100]), 100),
        (0, Capacity(2, 0, lambda: [100, 50]), 50),
        (2, Capacity(2, 0, lambda: [100, 50]), 50 + 200),
        (0, Capacity(2, 0, lambda: [-5, 50]), 1),
        (0, Capacity(0, 0, list), 200),
    ],
)
def test_predicted_start(position, capacity, expected) -> None:
    assert predicted_start_ms(position, capacity, 200) == expected


def test_probability_follows_the_errors_that_were_seen() -> None:
    errors = ErrorSketch()
    for _ in range(500):
        errors.add(0.5)
        errors.add(2.0)
    assert on_time_probability(100, 100, errors) == pytest.approx(0.5, abs=0.05)
    assert on_time_probability(300, 100, errors) > 0.95
    assert on_time_probability(30, 100, errors) < 0.05


def test_probability_at_its_ends() -> None:
    errors = ErrorSketch()
    assert on_time_probability(0, 100, errors) == 0
    assert on_time_probability(10, 0, errors) == 1
    assert on_time_probability(1e12, 100, errors) == pytest.approx(1)
    assert on_time_probability(1, 1000, errors) < 0.01


@pytest.mark.requirement("OC-CTRL-2015")
def test_advice_is_bounded_counted_and_jittered() -> None:
    advice = Advice()
    assert advice.retry_after_ms(0, 2, 0) == 500
    assert advice.retry_after_ms(0, 2, 0) == 1000
    assert advice.retry_after_ms(600, 2, 0) == 1000  # the first advice has run out
    assert Advice().retry_after_ms(0, 100, 0) == 50
    assert Advice().retry_after_ms(0, 2, 1) == 600
    slow = Advice()
    slow.observe_lease(1e9)
    assert slow.retry_after_ms(0, 1, 0) == 60_000


@pytest.mark.requirement("OC-CTRL-2015")
def test_nine_of_ten_who_obey_the_advice_are_admitted_on_return() -> None:
    random, slots, capacity, service_ms = Random(7), 4, 16, 80.0
    advice = Advice()
    for _ in range(64):
        advice.observe_lease(service_ms)
    events: list[tuple[float, int, str]] = [(random.uniform(0, 20), number, "come") for number in range(120)]
    heapq.heapify(events)
    waiting = running = returned = admitted_on_return = 0
    came_before: set[int] = set()
    while events:
        now_ms, number, what = heapq.heappop(events)
        if what == "leave":
            running -= 1
        else:
            back = number in came_before
            returned += back and what == "come"
            if waiting < capacity:
                waiting += 1
                admitted_on_return += back
            else:
                came_before.add(number)
                come_ms = now_ms + advice.retry_after_ms(now_ms, slots, random.random())
                heapq.heappush(events, (come_ms, number, "come"))
        while waiting and running < slots:
            waiting, running = waiting - 1, running + 1
            heapq.heappush(events, (now_ms + service_ms * random.uniform(0.8, 1.2), number, "leave"))
    assert returned > 80
    assert admitted_on_return / returned >= 0.9
