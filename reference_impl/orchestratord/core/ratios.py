"""How predictions turned out: the distribution of actual / predicted, learnt from those that came to their
end and from those that were cut off before.

A task that a deadline cuts off is one that took long. Left out, it would make every promise too good, so it
counts as what it is, a lower bound: the survival function is estimated by the actuarial life table (S. J.
Cutler, F. Ederer, "Maximum utilization of the life table method", J. Chronic Dis. 8, 1958), the binned form
of Kaplan and Meier's product-limit estimator (J. Am. Stat. Assoc. 53, 1958).
"""

from bisect import bisect_left
from math import exp2, log2

HALF_LIFE_TASKS = 128
BINS_PER_OCTAVE = 4
OCTAVES = 6
QUANTILES = 8
MOST_NEWS = 8

_DECAY: float = 0.5 ** (1 / HALF_LIFE_TASKS)
_BINS = 2 * OCTAVES * BINS_PER_OCTAVE
_EDGES: list[float] = [2.0 ** (number / BINS_PER_OCTAVE - OCTAVES) for number in range(_BINS + 1)]
_LEAST_EDGE, _LARGEST_EDGE = _EDGES[0], _EDGES[-1]
_LARGEST_WEIGHT = 1e9
_PRIOR = [0.5**low - 0.5**high for low, high in zip([0.0, *_EDGES[1:-1]], _EDGES[1:], strict=True)]


class Ratios:
    """A sketch in bins of a quarter octave from 2⁻⁶ to 2⁶, in which an observation weighs half after 128
    more.

    One pseudo-observation of an exponential distribution of median 1 stands in until there is evidence.
    """

    __slots__ = ("_below", "_cut", "_ended", "_median", "_middles", "_news", "_patience", "_weight")

    def __init__(self) -> None:
        self._ended = list(_PRIOR)
        self._cut = [0.0] * _BINS
        self._weight = 1.0
        self._news = 0
        self._patience = 1
        self._below: list[float] | None = None
        self._middles: list[float] | None = None
        self._median: float | None = None

    def add(self, ratio: float) -> None:
        """One came to its end; `ratio` is actual / predicted."""
        self._count(self._ended, ratio)

    def add_cut_off(self, ratio: float) -> None:
        """One was cut off when it had taken this much of its prediction: it would have taken longer."""
        self._count(self._cut, ratio)

    def share_within(self, ratio: float) -> float:
        """P(actual / predicted ≤ ratio)."""
        if ratio <= 0:
            return 0.0
        below = self._distribution()
        place = (log2(ratio) + OCTAVES) * BINS_PER_OCTAVE
        if place <= 0:
            return below[1] * ratio / _EDGES[1]
        whole = min(int(place), _BINS)
        if whole == _BINS:
            return below[_BINS]
        return below[whole] + (below[whole + 1] - below[whole]) * (place - whole)

    def share_within_beside(self, ratio: float, part: float, other: "Ratios") -> float:
        """P(actual / predicted + part x the other's ≤ ratio), the two taken as independent: the other's
        distribution is cut into eight parts of equal probability, each of which leaves this one the rest.
        """
        # What `share_within` says of each, without a call for each: every task that comes asks this.
        below, within = self._below or self._distribution(), 0.0
        for middle in other._middles or other.quantiles():
            rest = ratio - part * middle
            if rest >= _LARGEST_EDGE:
                within += below[_BINS]
            elif rest > _LEAST_EDGE:
                place = (log2(rest) + OCTAVES) * BINS_PER_OCTAVE
                whole = int(place)
                within += below[whole] + (below[whole + 1] - below[whole]) * (place - whole)
            elif rest > 0:
                within += below[1] * rest / _EDGES[1]
        return within / QUANTILES

    def share_within_after(self, ratio: float, past: float) -> float:
        """P(actual / predicted ≤ ratio), of those that have taken `past` already."""
        begun = self.share_within(past)
        return (self.share_within(ratio) - begun) / (1.0 - begun) if begun < 1.0 else 1.0

    def quantiles(self) -> list[float]:
        """Ratios of equal probability: the middles of eight parts of the distribution."""
        if self._middles is None:
            below = self._distribution()
            self._middles = [
                self._at((number + 0.5) / QUANTILES * below[_BINS], below) for number in range(QUANTILES)
            ]
        return self._middles

    @property
    def median(self) -> float:
        """The ratio that half stay below."""
        if self._median is None:
            below = self._distribution()
            self._median = self._at(below[_BINS] / 2, below)
        return self._median

    @staticmethod
    def _at(share: float, below: list[float]) -> float:
        number = min(max(bisect_left(below, share), 1), _BINS)
        width = below[number] - below[number - 1]
        part = (share - below[number - 1]) / width if width else 0.5
        return exp2((number - 1 + part) / BINS_PER_OCTAVE - OCTAVES)

    def _count(self, bins: list[float], ratio: float) -> None:
        # What is new gains weight instead of all else losing it, which costs one addition.
        self._weight /= _DECAY
        place = int((log2(ratio) + OCTAVES) * BINS_PER_OCTAVE) if ratio > _LEAST_EDGE else 0
        bins[place if place < _BINS else _BINS - 1] += self._weight
        self._news += 1
        if self._news >= self._patience:
            # What eight of several hundred say can wait until there are eight.
            self._news, self._patience = 0, min(self._patience + 1, MOST_NEWS)
            self._below = self._middles = self._median = None
        if self._weight > _LARGEST_WEIGHT:
            self._ended = [weight / self._weight for weight in self._ended]
            self._cut = [weight / self._weight for weight in self._cut]
            self._weight = 1.0

    def _distribution(self) -> list[float]:
        """P(ratio below each edge)."""
        if self._below is None:
            at_risk = sum(self._ended) + sum(self._cut)
            survival, below = 1.0, [0.0]
            for ended, cut in zip(self._ended, self._cut, strict=True):
                # Those that are cut off within a bin are at risk for half of it.
                exposed = at_risk - cut / 2
                if ended < exposed:
                    survival *= 1.0 - ended / exposed
                elif exposed > 0:
                    survival = 0.0
                at_risk -= ended + cut
                below.append(1.0 - survival)
            self._below = below
        return self._below
