"""Whether probabilities come true, and by how much to correct those that do not.

A noisy prediction that is right on average is still wrong where it is extreme: most tasks are safe, so of
those that are told one half, most were told too little. The correction is Platt's: logit p' = shift + slope x
logit p (J. Platt, "Probabilistic outputs for support vector machines", 1999), fitted by a step along the
gradient of the log likelihood after each outcome.
"""

from math import exp, log

RATE = 0.03
MOST_SHIFT = 2.0
LEAST_SLOPE = 0.5
MOST_SLOPE = 2.0
NEAREST = 0.02  # to 0 and 1: the many that are as good as certain say nothing about the others


class Reliability:
    """Learns from (probability before correction, outcome); corrects nothing before the first."""

    __slots__ = ("_shift", "_slope")

    def __init__(self) -> None:
        self._shift = 0.0
        self._slope = 1.0

    def corrected(self, probability: float) -> float:
        """The probability as it should have been told."""
        odds = _logit(probability)
        moved = probability + self._fitted(odds) - _share(odds)
        return min(max(moved, 0.0), 1.0) if probability > 0 else 0.0

    def observe(self, probability: float, *, met: bool) -> None:
        """What was predicted with this probability came true, or did not."""
        if not NEAREST < probability < 1.0 - NEAREST:
            return
        odds = _logit(probability)
        error = met - self._fitted(odds)
        self._shift = min(max(self._shift + RATE * error, -MOST_SHIFT), MOST_SHIFT)
        self._slope = min(max(self._slope + RATE * error * odds, LEAST_SLOPE), MOST_SLOPE)

    def _fitted(self, odds: float) -> float:
        return _share(self._shift + self._slope * odds)


def _logit(share: float) -> float:
    inner = min(max(share, NEAREST), 1.0 - NEAREST)
    return log(inner / (1.0 - inner))


def _share(odds: float) -> float:
    return 1.0 / (1.0 + exp(-odds))
