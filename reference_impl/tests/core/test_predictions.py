"""What is promised: starts, probabilities and advice, against what was measured."""

import heapq
from math import exp
from random import Random

import pytest

from orchestratord.core.advice import Advice
from orchestratord.core.arrival_rate import ArrivalRate
from orchestratord.core.forecast import (
    Capacity,
    on_time_probability,
    predicted_start_ms,
    reckoned_wait_alone_ms,
    reckoned_wait_behind_ms,
    reckoned_wait_ms,
    still_on_time_probability,
)
from orchestratord.core.ratios import HALF_LIFE_TASKS, Ratios
from orchestratord.core.reliability import Reliability
from orchestratord.core.service_times import ENOUGH_TASKS, PRIOR_MS, Served, ServiceTimes
from orchestratord.core.wait_times import ENOUGH_STARTS, MOST_FACTOR, WaitTimes

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
    ("ahead", "capacity", "expected"),
    [
        (-1, Capacity(2, 1, lambda: [100]), 0),
        (0, Capacity(2, 0, lambda: [100]), 100),
        (0, Capacity(2, 0, lambda: [100, 50]), 100 / 3),
        (2, Capacity(2, 0, lambda: [100, 50]), 100 / 3 + 200),
        (0, Capacity(2, 0, lambda: [-5, 20]), 10),
        (0, Capacity(0, 0, list), 200),
    ],
)
def test_a_wait_is_reckoned_from_position_and_slots(ahead, capacity, expected) -> None:
    assert reckoned_wait_ms(ahead, capacity, 200) == pytest.approx(expected)


@pytest.mark.requirement("OC-CORE-1034")
@pytest.mark.parametrize(
    ("position", "slots", "workers", "idle_in", "expected"),
    [
        pytest.param(0, 4, 2, None, 0, id="a worker is idle"),
        pytest.param(0, 4, 2, 150, 150, id="the first to be idle has this long to go"),
        pytest.param(0, 4, 2, -50, 20, id="it is overdue"),
        pytest.param(1, 1, 1, 100, 300, id="one slot a worker: it waits as anybody"),
        pytest.param(1, 2, 1, 100, 100 + 100 + 200, id="who was before it ends first"),
        pytest.param(1, 4, 1, 100, 100 + 50 + 200 * (1 + 1 / 2 + 1 / 3), id="and all beside that one"),
    ],
)
def test_a_strict_task_waits_for_a_worker_that_is_idle(position, slots, workers, idle_in, expected) -> None:
    free = 0 if position else 1
    capacity = Capacity(slots, free, lambda: [100], workers, lambda: idle_in)
    assert reckoned_wait_alone_ms(position, capacity, 200) == pytest.approx(expected)


@pytest.mark.requirement("OC-CORE-1034")
@pytest.mark.parametrize(("workers", "expected"), [(2, 150), (1, 150 + 200)])
def test_who_is_behind_a_strict_task_waits_with_it(workers, expected) -> None:
    capacity = Capacity(4, 3, lambda: [150], workers, lambda: 150)
    assert reckoned_wait_behind_ms(capacity, 200) == pytest.approx(expected)


def test_the_start_is_promised_in_the_middle_of_what_was_seen() -> None:
    waits = Ratios()
    for number in range(600):
        waits.add(0.5 if number % 3 else 4.0)
    assert predicted_start_ms(1000, waits) == pytest.approx(500, rel=0.2)
    assert predicted_start_ms(0, waits) == 0
    assert predicted_start_ms(0.001, waits) == 1


def test_probability_follows_the_errors_that_were_seen() -> None:
    services = Ratios()
    for _ in range(500):
        services.add(0.5)
        services.add(2.0)
    assert on_time_probability(100, 0, 100, Ratios(), services) == pytest.approx(0.5, abs=0.05)
    assert on_time_probability(300, 0, 100, Ratios(), services) > 0.95
    assert on_time_probability(30, 0, 100, Ratios(), services) < 0.05


def test_probability_at_its_ends() -> None:
    none = Ratios()
    assert on_time_probability(0, 100, 100, none, none) == 0
    assert on_time_probability(10, 0, 0, none, none) == 1
    assert on_time_probability(1e12, 50, 50, none, none) == pytest.approx(1)
    assert on_time_probability(1, 0, 1000, none, none) < 0.01
    assert still_on_time_probability(0, 10, 100, none) == 0
    assert still_on_time_probability(10, 10, 0, none) == 1


def test_probability_of_a_sum_is_that_of_the_convolution() -> None:
    random, waits, services = Random(3), Ratios(), Ratios()
    for _ in range(2000):
        waits.add(random.expovariate(1))
        services.add(random.uniform(0.5, 1.5))
    for deadline_ms in (150, 300, 600):
        sums = (200 * random.expovariate(1) + 100 * random.uniform(0.5, 1.5) for _ in range(20_000))
        expected = sum(one <= deadline_ms for one in sums) / 20_000
        assert on_time_probability(deadline_ms, 200, 100, waits, services) == pytest.approx(
            expected, abs=0.06
        )


def test_a_task_that_has_run_long_is_judged_by_those_that_did() -> None:
    services = Ratios()
    for number in range(900):
        services.add(0.5 if number % 3 else 4.0)
    assert still_on_time_probability(300, 0, 100, services) > 0.6
    assert still_on_time_probability(200, 100, 100, services) < 0.05


def test_who_was_cut_off_counts_as_having_taken_longer() -> None:
    """Exponential lifetimes, cut off at random: the distribution is found all the same."""
    random, all_seen, ended_only = Random(5), Ratios(), Ratios()
    for _ in range(4000):
        life, cut = random.expovariate(1), random.expovariate(1)
        if life <= cut:
            all_seen.add(life)
            ended_only.add(life)
        else:
            all_seen.add_cut_off(cut)
    for ratio in (0.5, 1.0, 2.0):
        assert all_seen.share_within(ratio) == pytest.approx(1 - exp(-ratio), abs=0.07)
    assert ended_only.share_within(1.0) > 0.8
    assert all_seen.median == pytest.approx(0.69, rel=0.2)


def test_sketches_forget_and_keep_their_bounds() -> None:
    ratios = Ratios()
    for _ in range(3000):
        ratios.add(4.0)
    for _ in range(10 * HALF_LIFE_TASKS):
        ratios.add(0.25)
    assert ratios.share_within(0.5) > 0.98
    assert ratios.share_within(-1) == 0
    assert 0 < ratios.share_within(1e-9) < 1e-6
    assert ratios.share_within(1e9) == pytest.approx(1)


def test_the_factor_of_waits_follows_what_was_waited() -> None:
    waits = WaitTimes()
    assert waits.factor == 1
    for _ in range(ENOUGH_STARTS):
        waits.started(300, 100, 100, 0)
    assert waits.factor == pytest.approx(3)
    for _ in range(200):
        waits.started(1e6, 1, 1, 0)
    assert waits.factor == MOST_FACTOR
    assert waits.ratios(0) is waits.ratios(-1)
    assert waits.ratios(0) is not waits.ratios(1)
    assert waits.ratios(1000) is waits.ratios(31)


def test_who_never_starts_lowers_the_promise() -> None:
    hopeful, warned = WaitTimes(), WaitTimes()
    for _ in range(100):
        hopeful.started(100, 100, 100, 0)
        warned.started(100, 100, 100, 0)
        warned.given_up(100, 100, 0)
    assert warned.ratios(0).share_within(1.5) < hopeful.ratios(0).share_within(1.5)


@pytest.mark.parametrize("ratio", [-1.0, 0.0, 1e-9, 2**-6, 2**-5.9, 0.3, 1.0, 7.7, 2**5.9, 2**6, 1e9])
@pytest.mark.parametrize("part", [1e-6, 0.1, 1.0, 30.0])
def test_two_ratios_together_stay_below_by_what_each_part_of_the_one_leaves_the_other(ratio, part) -> None:
    ratios, other, random = Ratios(), Ratios(), Random(3)
    for _ in range(200):
        ratios.add(random.lognormvariate(0, 1))
        other.add(random.lognormvariate(0, 0.5))
    parts = other.quantiles()
    expected = sum(ratios.share_within(ratio - part * one) for one in parts) / len(parts)
    assert ratios.share_within_beside(ratio, part, other) == pytest.approx(expected, rel=1e-12)


def test_probabilities_are_corrected_by_how_they_came_true() -> None:
    reliability, random = Reliability(), Random(9)
    assert [reliability.corrected(p) for p in (0.0, 0.3, 1.0)] == pytest.approx([0.0, 0.3, 1.0])
    for _ in range(3000):
        told = random.uniform(0, 1)
        reliability.observe(told, met=random.random() < told**0.5)
    for told in (0.1, 0.3, 0.6, 0.9):
        assert reliability.corrected(told) == pytest.approx(told**0.5, abs=0.1)
    assert reliability.corrected(0.0) == 0.0
    assert 0.9 < reliability.corrected(1.0) <= 1.0


def test_a_burst_says_nothing_about_the_rate() -> None:
    rate = ArrivalRate()
    for number in range(400):
        rate.came(number * 10.0, drained_per_ms=0.2)
        if number == 200:
            for _ in range(500):
                rate.came(number * 10.0, drained_per_ms=0.2)
    assert rate.per_ms() == pytest.approx(0.1, rel=0.2)
    rate.came(1e6, drained_per_ms=0.2)
    assert rate.per_ms() == 0


def test_who_was_told_to_come_is_not_new() -> None:
    rate = ArrivalRate()
    for number in range(400):
        rate.came(number * 10.0, drained_per_ms=0.2)
        rate.was_told(number % 2)
    assert rate.per_ms() == pytest.approx(0.05, rel=0.2)


@pytest.mark.requirement("OC-CTRL-2015")
def test_advice_leaves_room_for_new_tasks() -> None:
    advice = Advice()
    for number in range(200):
        advice.observe_lease(100)
        advice.came(number * 100.0, 2)  # half of what two slots can do
    assert advice.retry_after_ms(20_000, 2, 0) == pytest.approx(50 / (0.6 * 0.5), rel=0.15)
    for number in range(2000):
        advice.came(20_000 + number * 10.0, 2)  # far more than they can
    assert advice.retry_after_ms(40_000, 2, 0) == pytest.approx(500, rel=0.15)


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
    assert slow.retry_after_ms(0, 1, 0) == 300_000


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
