"""Whether probabilities come true, and by how much to correct those that do not.

A noisy prediction that is right on average is still wrong where it is extreme: most tasks are safe, so of
those that are told one half, most were told too little. The correction is beta calibration: logit p' = shift
+ yes x log p - no x log(1 - p) (M. Kull, T. Silva Filho, P. Flach, "Beta calibration", AISTATS 2017), which
may bend low probabilities otherwise than high ones, fitted by a step along the gradient of the log likelihood
after each outcome.
"""

from math import exp, log

RATE = 0.03
MOST_SHIFT = 2.0
LEAST_SLOPE = 0.3
MOST_SLOPE = 2.5
NEAREST = 0.02  # to 0 and 1: the many that are as good as certain say nothing about the others
FARTHEST = 1.0 - NEAREST


class Reliability:
    """Learns from (probability before correction, outcome); corrects nothing before the first."""

    __slots__ = ("_no", "_shift", "_yes")

    def __init__(self) -> None:
        self._shift = 0.0
        self._yes = 1.0
        self._no = 1.0

    def corrected(self, probability: float) -> float:
        """The probability as it should have been told."""
        if probability <= 0:
            return 0.0
        inner = NEAREST if probability < NEAREST else FARTHEST if probability > FARTHEST else probability
        moved = probability + self._fitted(log(inner), log(1.0 - inner)) - inner
        return 0.0 if moved < 0.0 else 1.0 if moved > 1.0 else moved

    def observe(self, probability: float, *, met: bool) -> None:
        """What was predicted with this probability came true, or did not."""
        if not NEAREST < probability < FARTHEST:
            return
        for_it, against = log(probability), log(1.0 - probability)
        step = RATE * (met - self._fitted(for_it, against))
        self._shift = min(max(self._shift + step, -MOST_SHIFT), MOST_SHIFT)
        self._yes = min(max(self._yes + step * for_it, LEAST_SLOPE), MOST_SLOPE)
        self._no = min(max(self._no - step * against, LEAST_SLOPE), MOST_SLOPE)

    def _fitted(self, for_it: float, against: float) -> float:
        return 1.0 / (1.0 + exp(self._no * against - self._yes * for_it - self._shift))
