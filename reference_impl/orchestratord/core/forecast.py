"""What a task is promised: when it starts, and how likely it ends in time.

Pure arithmetic over what was measured.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct

from orchestratord.core.ratios import Ratios

LEAST_REMAINING = 0.1  # of the mean: a task that is overdue is about to end, but has not yet


class Capacity(Struct, frozen=True):
    """The slots that a pool can dispatch to: how many there are, how many are free, and how long the busy
    ones still take.

    They are those of so many `workers`, the first of which is idle after `idle_in_ms`; None: one is now.
    `head_is_strict` says that the first of those who wait waits for an idle one.
    """

    slots: int
    free: int
    busy_for_ms: Callable[[], Iterable[float]]
    workers: int = 1
    idle_in_ms: Callable[[], float | None] = lambda: None
    head_is_strict: Callable[[], bool] = lambda: False


def reckoned_wait_ms(ahead: int, capacity: Capacity, mean_service_ms: float) -> float:
    """Milliseconds until the slot comes free that is left after so many others have got one; 0 below 0.

    The first of the busy slots to come free does so at the sum of their rates: 1 / Σ 1 / remaining, the mean
    of the least of exponential times (S. M. Ross, Introduction to Probability Models, 5.2.3). From then on
    slots come free at the mean rate.
    """
    if ahead < 0:
        return 0.0
    if capacity.slots == 0:
        return mean_service_ms * (ahead + 1)
    least = mean_service_ms * LEAST_REMAINING
    rate = 0.0
    for remaining in capacity.busy_for_ms():
        rate += 1.0 / (remaining if remaining > least else least)
    first = 1.0 / rate if rate else 0.0
    return first + ahead * mean_service_ms / capacity.slots


def reckoned_wait_alone_ms(position: int, capacity: Capacity, mean_service_ms: float) -> float:
    """Milliseconds until a worker is idle for a task with so many before it, as a strict one needs it.

    Once those before it have begun, a worker runs as many tasks as it has slots, n. The last of them ends
    1 + 1/2 + … + 1/n means later, the mean of the largest of exponential times (Ross, 5.2.3), of which one
    n-th is the wait for the first.
    """
    # OC-CORE-1034
    if position == 0:
        return _idle_in_ms(capacity, mean_service_ms)
    begun = reckoned_wait_ms(max(0, position - capacity.free), capacity, mean_service_ms)
    each = capacity.slots // max(1, capacity.workers)
    return begun + mean_service_ms * sum(1 / number for number in range(1, each))


def reckoned_wait_behind_ms(capacity: Capacity, mean_service_ms: float) -> float:
    """Milliseconds until a slot that is free already is given out, once a strict task that waits has begun;
    where there is one worker, has ended.
    """
    # OC-CORE-1034
    ended = mean_service_ms if capacity.workers < 2 else 0.0
    return _idle_in_ms(capacity, mean_service_ms) + ended


def _idle_in_ms(capacity: Capacity, mean_service_ms: float) -> float:
    idle_in = capacity.idle_in_ms()
    return 0.0 if idle_in is None else max(mean_service_ms * LEAST_REMAINING, idle_in)


def predicted_start_ms(wait_ms: float, waits: Ratios) -> int:
    """The start as it is promised, in whole milliseconds: half of those who were told so wait no longer.

    0 only when a slot is free.
    """
    return max(1, round(wait_ms * waits.median)) if wait_ms > 0 else 0


def on_time_probability(
    deadline_ms: float, wait_ms: float, service_ms: float, waits: Ratios, services: Ratios
) -> float:
    """P(wait + service ≤ deadline) from the two predictions and how such predictions turned out.

    Wait and service are taken as independent.
    """
    if deadline_ms <= 0:
        return 0.0
    if wait_ms <= 0:
        return services.share_within(deadline_ms / service_ms) if service_ms > 0 else 1.0
    return waits.share_within_beside(deadline_ms / wait_ms, service_ms / wait_ms, services)


def still_on_time_probability(left_ms: float, ran_ms: float, service_ms: float, services: Ratios) -> float:
    """P(a task that has run so long ends within what is left of its deadline)."""
    if left_ms <= 0:
        return 0.0
    if service_ms <= 0:
        return 1.0
    return services.share_within_after((ran_ms + left_ms) / service_ms, ran_ms / service_ms)
