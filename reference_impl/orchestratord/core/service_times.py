"""How long tasks of one pool and priority take once begun, learnt from those that ended, as rates.

Waiting is in `wait_times`, how predictions turned out in `ratios`; who is measured is the caller's choice.
"""

from dataclasses import dataclass

HALF_LIFE_TASKS = 32
PRIOR_MS = 1000.0
ENOUGH_TASKS = 4

_DECAY = 0.5 ** (1 / HALF_LIFE_TASKS)


class Ewma:
    """A mean in which an observation weighs half after 32 further ones; None before the first."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._weight = 0.0

    def add(self, value: float) -> None:
        """Take an observation in."""
        self._sum = self._sum * _DECAY + value
        self._weight = self._weight * _DECAY + 1.0

    @property
    def value(self) -> float | None:
        """The weighted mean."""
        return self._sum / self._weight if self._weight else None


@dataclass(frozen=True, slots=True)
class Served:
    """What one task that ran to its end took: tokens in and out, tokens allowed, and times in
    milliseconds.
    """

    tokens_in: int
    tokens_out: int
    tokens_allowed: int
    first_token_ms: float
    decode_ms: float


class ServiceTimes:
    """Prefill and decode rates and the ratio of real to allowed tokens of one pool and priority."""

    def __init__(self) -> None:
        self._prefill = Ewma()
        self._decode = Ewma()
        self._ratio = Ewma()
        self._count = 0

    @property
    def measured(self) -> bool:
        """Whether predictions rest on tasks rather than on the prior."""
        return self._count >= ENOUGH_TASKS

    def observe(self, served: Served) -> None:
        """Learn from a task that ran to its end."""
        self._count += 1
        self._prefill.add(served.first_token_ms / max(1, served.tokens_in))
        if served.tokens_out > 1:
            self._decode.add(served.decode_ms / (served.tokens_out - 1))
        if served.tokens_allowed:
            self._ratio.add(served.tokens_out / served.tokens_allowed)

    def predict_ms(self, tokens_in: int, tokens_allowed: int, tokens_expected: int | None) -> float:
        """Prefill plus decode of a task; the prior of 1 s until four tasks were measured."""
        if not self.measured:
            return PRIOR_MS
        expected = self.expected_tokens(tokens_allowed, tokens_expected)
        return max(1.0, (self._prefill.value or 0.0) * tokens_in + self.decode_ms(expected))

    def expected_tokens(self, allowed: int, told: int | None) -> float:
        """How many tokens a task will have: what its client told, else the usual part of what it allows."""
        if told is not None:
            return float(told)
        ratio = self._ratio.value
        return float(allowed) if ratio is None else ratio * allowed

    def decode_ms(self, tokens: float) -> float:
        """What so many further tokens take; the prior's share of 1 s for 100 tokens until there is a rate."""
        rate = self._decode.value
        return tokens * (PRIOR_MS / 100 if rate is None else rate)
