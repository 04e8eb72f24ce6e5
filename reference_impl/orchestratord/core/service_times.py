"""How long tasks of one pool and priority take once begun, learnt from those that ended, as rates.

Waiting is in `wait_times`, how predictions turned out in `ratios`; who is measured is the caller's choice.
"""

from msgspec import Struct

HALF_LIFE_TASKS = 32
PRIOR_MS = 1000.0
ENOUGH_TASKS = 4

_DECAY = 0.5 ** (1 / HALF_LIFE_TASKS)


class Ewma:
    """A mean in which an observation weighs half after 32 further ones."""

    __slots__ = ("_sum", "_weight")

    def __init__(self) -> None:
        self._sum = 0.0
        self._weight = 0.0

    def add(self, value: float) -> float:
        """Take an observation in; answers the mean with it."""
        self._sum = self._sum * _DECAY + value
        self._weight = self._weight * _DECAY + 1.0
        return self._sum / self._weight


class Served(Struct, frozen=True, gc=False):
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
        # What the means are now: much more is predicted than is observed.
        self._read_ms, self._token_ms, self._real_part = 0.0, PRIOR_MS / 100, 1.0

    @property
    def measured(self) -> bool:
        """Whether predictions rest on tasks rather than on the prior."""
        return self._count >= ENOUGH_TASKS

    def observe(self, served: Served) -> None:
        """Learn from a task that ran to its end."""
        self._count += 1
        self._read_ms = self._prefill.add(served.first_token_ms / max(1, served.tokens_in))
        if served.tokens_out > 1:
            self._token_ms = self._decode.add(served.decode_ms / (served.tokens_out - 1))
        if served.tokens_allowed:
            self._real_part = self._ratio.add(served.tokens_out / served.tokens_allowed)

    def predict_ms(self, tokens_in: int, tokens_allowed: int, tokens_expected: int | None) -> float:
        """Prefill plus decode of a task; the prior of 1 s until four tasks were measured."""
        if self._count < ENOUGH_TASKS:
            return PRIOR_MS
        tokens = self._real_part * tokens_allowed if tokens_expected is None else tokens_expected
        return max(1.0, self._read_ms * tokens_in + self._token_ms * tokens)

    def expected_tokens(self, allowed: int, told: int | None) -> float:
        """How many tokens a task will have: what its client told, else the usual part of what it allows."""
        return self._real_part * allowed if told is None else float(told)

    def decode_ms(self, tokens: float) -> float:
        """What so many further tokens take; the prior's share of 1 s for 100 tokens until there is a rate."""
        return tokens * self._token_ms
