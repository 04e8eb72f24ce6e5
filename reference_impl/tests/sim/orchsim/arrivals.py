"""When tasks arrive and how long they are. All times are milliseconds."""

from collections.abc import Iterator
from random import Random

from orchsim.scenario import Arrivals, Lengths

MOST_TOKENS = 20  # of the mean: no task is allowed more
_PARETO_SHAPE = 1.6  # finite mean, infinite variance
_BURST_TASKS = 40


def gaps_ms(kind: Arrivals, mean_ms: float, random: Random) -> Iterator[float]:
    """The times between arrivals; every kind has the same mean.

    `bursts`: a geometric number of tasks come at once, then nothing for long; `heavy-tails`: Pareto.
    """
    while True:
        if kind == "poisson":
            yield random.expovariate(1 / mean_ms)
        elif kind == "bursts":
            size = 1 + int(random.expovariate(1 / _BURST_TASKS))
            for _ in range(size - 1):
                yield mean_ms * 0.02
            yield mean_ms * (size - 0.02 * (size - 1)) * random.uniform(0.5, 1.5)
        else:
            scale = mean_ms * (_PARETO_SHAPE - 1) / _PARETO_SHAPE
            yield scale * random.paretovariate(_PARETO_SHAPE)


def length_tokens(kind: Lengths, mean: int, random: Random) -> int:
    """How many tokens a task really has, at least one."""
    if kind == "uniform":
        drawn = random.uniform(0.2, 1.8) * mean
    elif kind == "lognormal":
        drawn = random.lognormvariate(-0.32, 0.8) * mean
    else:
        drawn = random.paretovariate(_PARETO_SHAPE) * mean * (_PARETO_SHAPE - 1) / _PARETO_SHAPE
    return max(1, min(round(drawn), MOST_TOKENS * mean))


def allowed_tokens(mean: int, generous: float, real: int, random: Random) -> int:
    """What the client allows: it knows its task a little, and allows more than it needs."""
    return max(real, round(real * random.uniform(1, 2 * generous - 1) + mean * random.uniform(0, 0.5)))
