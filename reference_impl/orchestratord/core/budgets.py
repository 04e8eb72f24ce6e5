"""What a session may still spend: turns, tokens, decode time and cost.

The worst case is held at admission, and what was used is settled at the end. Who keeps sessions, and for how
long, is `sessions`'. Cost is counted in millionths, so that sums are exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from orchestratord.core.errors import Detail

MILLION = 1_000_000


class Amount(Struct, frozen=True, gc=False):
    """Tokens, milliseconds of decode, and millionths of cost."""

    tokens: int
    time_ms: int
    cost: int


@dataclass(frozen=True, slots=True)
class Budgets:
    """The bounds of a session; None is no bound. `price` is millionths of cost a token, which need not be
    whole; `ratio` is the same as numerator and denominator.
    """

    turns: int = 8
    tokens: int | None = 50_000
    time_ms: int | None = 600_000
    cost: int | None = 1_000_000
    price: Fraction = Fraction(2)
    ratio: tuple[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ratio", self.price.as_integer_ratio())


class Remaining(NamedTuple):
    """What is left after holds, never below 0; None is no bound. `cost` in millionths."""

    tokens: int | None
    time_ms: int | None
    cost: int | None


class Account:
    """The spending of one session. Each hold is settled exactly once, by whoever took it."""

    __slots__ = ("_budgets", "_cost", "_time_ms", "_tokens", "turns")

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets
        self._tokens = self._time_ms = self._cost = self.turns = 0

    def worst_case(self, tokens_in: int, max_tokens: int, wall_ms: float, deadline_ms: int) -> Amount:
        """What a task may come to use: all its tokens, and the lesser of wall time and deadline."""
        time_ms = int(wall_ms) if wall_ms < deadline_ms else deadline_ms
        return self.amount(tokens_in + max_tokens, time_ms if time_ms > 0 else 0)

    def amount(self, tokens: int, time_ms: int) -> Amount:
        """Tokens and time with their cost, rounded up. Raises ValueError for less than nothing."""
        if tokens < 0 or time_ms < 0:
            raise ValueError(f"nothing is used less than not at all: {tokens} tokens, {time_ms} ms")
        numerator, denominator = self._budgets.ratio
        return Amount(tokens, time_ms, -(-tokens * numerator // denominator))

    def exceeded(self, need: Amount) -> tuple[Detail, ...]:
        """Every budget that a further task of this need would exceed; empty when it may be held."""
        # OC-CORE-1023
        budgets = self._budgets
        if (  # as of nearly every task
            self.turns < budgets.turns
            and (budgets.tokens is None or self._tokens + need.tokens <= budgets.tokens)
            and (budgets.time_ms is None or self._time_ms + need.time_ms <= budgets.time_ms)
            and (budgets.cost is None or self._cost + need.cost <= budgets.cost)
        ):
            return ()
        return tuple(self._exceeded(need))

    def hold(self, need: Amount) -> None:
        """Count a turn and set the worst case aside; `exceeded` was asked before."""
        self.turns += 1
        self._tokens += need.tokens
        self._time_ms += need.time_ms
        self._cost += need.cost

    def settle(self, held: Amount, actual: Amount) -> None:
        """Give back what a task held and take what it used, which an engine may let be more."""
        self._tokens += actual.tokens - held.tokens
        self._time_ms += actual.time_ms - held.time_ms
        self._cost += actual.cost - held.cost

    @property
    def remaining(self) -> Remaining:
        """What is left beyond what is held and used."""
        tokens, time_ms, cost = self._budgets.tokens, self._budgets.time_ms, self._budgets.cost
        return Remaining(
            None if tokens is None else max(0, tokens - self._tokens),
            None if time_ms is None else max(0, time_ms - self._time_ms),
            None if cost is None else max(0, cost - self._cost),
        )

    def _exceeded(self, need: Amount) -> Iterator[Detail]:
        if self.turns >= self._budgets.turns:
            yield Detail(f"The session had its {self._budgets.turns} turns.", name="turns")
        left = self.remaining
        if left.tokens is not None and need.tokens > left.tokens:
            yield Detail(f"The task may need {need.tokens} tokens; {left.tokens} are left.", name="tokens")
        if left.time_ms is not None and need.time_ms > left.time_ms:
            yield Detail(f"The task may take {need.time_ms} ms; {left.time_ms} are left.", name="time_ms")
        if left.cost is not None and need.cost > left.cost:
            told = f"The task may cost {decimal(need.cost)}; {decimal(left.cost)} is left."
            yield Detail(told, name="cost")


def decimal(millionths: int) -> str:
    """Cost as a decimal number with as many places as it needs, at most six."""
    whole, rest = divmod(millionths, MILLION)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)
