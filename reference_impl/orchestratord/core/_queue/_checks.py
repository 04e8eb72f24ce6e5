"""How the twin reads arguments: types, ranges, and messages that name the value."""

from math import inf, isfinite, isnan
from typing import SupportsFloat, SupportsIndex, TypeVar

from orchestratord.core._queue._values import BATCH, INTERACTIVE

MOST = 1 << 30

# Within these bounds tags stay far from overflow, and sums of costs exact to the token.
LARGEST_COST = 1e15
LEAST_WEIGHT = 1e-6
LARGEST_WEIGHT = 1e6

Choice = TypeVar("Choice")


def name(value: object, what: str) -> str:
    """A string. Subclasses may compare as they like, so that only `str` itself will do."""
    if type(value) is not str:
        raise TypeError(f"{what} is a str, not {type(value).__name__}")
    return value


def priority(value: int) -> int:
    """0 or 1."""
    if not isinstance(value, int):
        raise TypeError(f"a priority is an int, not {type(value).__name__}")
    if value not in (INTERACTIVE, BATCH):
        raise ValueError(f"a priority is 0 or 1, not {value!r}")
    return int(value)


def number(value: object) -> float:
    """A float, as `float` makes it of a number; text is none."""
    if not isinstance(value, SupportsFloat | SupportsIndex):
        raise TypeError(f"must be real number, not {type(value).__name__}")
    return float(value)


def time(value: float) -> float:
    """A finite time in ms."""
    ms = number(value)
    if not isfinite(ms):
        raise ValueError(f"a time is a finite number of milliseconds, not {value!r}")
    return ms


def cost(value: float, what: str) -> float:
    """A cost within bounds."""
    amount = number(value)
    if not 0 <= amount <= LARGEST_COST:
        raise ValueError(f"{what} is 0 to 1e15, not {value!r}")
    return amount


def weight(value: float) -> float:
    """A weight within bounds."""
    amount = number(value)
    if not LEAST_WEIGHT <= amount <= LARGEST_WEIGHT:
        raise ValueError(f"a weight is 1e-6 to 1e6, not {value!r}")
    return amount


def latest(value: float | None) -> float:
    """A time, infinity for None."""
    if value is None:
        return inf
    ms = number(value)
    if isnan(ms):
        raise ValueError(f"a latest start is a time in milliseconds or None, not {value!r}")
    return ms


def capacity(value: int) -> int:
    """How many items a queue holds."""
    if not isinstance(value, int):
        raise TypeError(f"a capacity is an int, not {type(value).__name__}")
    if not 1 <= value <= MOST:
        raise ValueError(f"a queue holds 1 to {MOST} items, not {value!r}")
    return value


def age(value: float) -> float:
    """The bound of ageing in ms; may be infinite."""
    ms = number(value)
    if isnan(ms) or ms < 0:
        raise ValueError(f"an age is a number of milliseconds that is not negative, not {value!r}")
    return ms


def choice(value: Choice, known: tuple[Choice, ...], what: str) -> Choice:
    """One of the known values."""
    if value not in known:
        raise ValueError(f"there is no {what} {value!r}")
    return value
