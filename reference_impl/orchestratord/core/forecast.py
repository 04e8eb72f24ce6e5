"""What a task is promised: when it starts, and how likely it ends in time.

Pure arithmetic over what was measured.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from orchestratord.core.service_times import ErrorSketch


@dataclass(frozen=True, slots=True)
class Capacity:
    """The slots that a pool can dispatch to: how many there are, how many are free, and how long the busy
    ones still take.
    """

    slots: int
    free: int
    busy_for_ms: Callable[[], Iterable[float]]


def predicted_start_ms(position: int, capacity: Capacity, mean_service_ms: float) -> int:
    """Milliseconds until a task with so many before it is dispatched; 0 only when a slot is free for it.

    The first busy slot comes free after its own remaining time; from then on slots come free at the mean
    rate.
    """
    ahead = position - capacity.free
    if ahead < 0:
        return 0
    if capacity.slots == 0:
        return max(1, round(mean_service_ms * (position + 1)))
    first = min((max(0.0, remaining) for remaining in capacity.busy_for_ms()), default=0.0)
    return max(1, round(first + ahead * mean_service_ms / capacity.slots))


def on_time_probability(deadline_left_ms: float, predicted_ms: float, errors: ErrorSketch) -> float:
    """P(what is left to do takes no longer than what is left of the deadline), both in milliseconds."""
    if deadline_left_ms <= 0:
        return 0.0
    if predicted_ms <= 0:
        return 1.0
    return min(1.0, errors.share_within(deadline_left_ms / predicted_ms))
