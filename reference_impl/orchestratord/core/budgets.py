"""What a session may still spend: turns, tokens, decode time and cost.

The worst case is held at admission, and what was used is settled at the end. Who keeps sessions, and for how
long, is the caller's. Cost is counted in millionths, so that sums are exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from orchestratord.core.errors import Detail


class Amount(NamedTuple):
    """Tokens, milliseconds of decode, and millionths of cost."""

    tokens: int
    time_ms: int
    cost: int


@dataclass(frozen=True, slots=True)
class Budgets:
    """The bounds of a session; None is no bound. `price` is millionths of cost a token."""

    turns: int = 8
    tokens: int | None = 50_000
    time_ms: int | None = 600_000
    cost: int | None = 1_000_000
    price: int = 2


class Remaining(NamedTuple):
    """What is left after holds, never below 0; None is no bound."""

    tokens: int | None
    time_ms: int | None
    cost: int | None


class Account:
    """The spending of one session. Each hold is settled exactly once, by whoever took it."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets
        self._used = Amount(0, 0, 0)
        self.turns = 0

    def worst_case(self, tokens_in: int, max_tokens: int, wall_ms: int, deadline_ms: int) -> Amount:
        """What a task may come to use: all its tokens, and the lesser of wall time and deadline."""
        return self.amount(tokens_in + max_tokens, min(wall_ms, deadline_ms))

    def amount(self, tokens: int, time_ms: int) -> Amount:
        """Tokens and time with their cost. Raises ValueError for less than nothing."""
        if tokens < 0 or time_ms < 0:
            raise ValueError(f"nothing is used less than not at all: {tokens} tokens, {time_ms} ms")
        return Amount(tokens, time_ms, tokens * self._budgets.price)

    def exceeded(self, need: Amount) -> tuple[Detail, ...]:
        """Every budget that a further task of this need would exceed; empty when it may be held."""
        # OC-CORE-1023
        return tuple(self._exceeded(need))

    def hold(self, need: Amount) -> None:
        """Count a turn and set the worst case aside; `exceeded` was asked before."""
        self.turns += 1
        self._used = _plus(self._used, need)

    def settle(self, held: Amount, actual: Amount) -> None:
        """Give back what a task held and take what it used, which an engine may let be more."""
        self._used = _plus(_minus(self._used, held), actual)

    @property
    def remaining(self) -> Remaining:
        """What is left beyond what is held and used."""
        return Remaining(*(None if bound is None else max(0, bound - used) for bound, used in self._bounds()))

    def _bounds(self) -> Iterator[tuple[int | None, int]]:
        budgets = self._budgets
        return zip((budgets.tokens, budgets.time_ms, budgets.cost), self._used, strict=True)

    def _exceeded(self, need: Amount) -> Iterator[Detail]:
        if self.turns >= self._budgets.turns:
            yield Detail(f"The session had its {self._budgets.turns} turns.", name="turns")
        for name, left, wanted in zip(Amount._fields, self.remaining, need, strict=True):
            if left is not None and wanted > left:
                yield Detail(f"The task may need {wanted} and {left} is left.", name=name)


def _plus(one: Amount, other: Amount) -> Amount:
    return Amount(one.tokens + other.tokens, one.time_ms + other.time_ms, one.cost + other.cost)


def _minus(one: Amount, other: Amount) -> Amount:
    return Amount(one.tokens - other.tokens, one.time_ms - other.time_ms, one.cost - other.cost)
