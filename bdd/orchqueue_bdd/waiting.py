"""Waiting for what comes a moment later: bounded, by looking again. It decides nothing about what it sees."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from orchqueue.kit.patience import PATIENCE_S

Seen = TypeVar("Seen")

FIRST_LOOK_S, LATER_LOOK_S, SELDOMER = 0.01, 0.05, 1.3


def eventually(
    look: Callable[[], Seen], holds: Callable[[Seen], bool], patience_s: float = PATIENCE_S
) -> Seen:
    """Look until what is seen holds or patience ends; give what was seen last, for the caller to judge."""
    deadline = time.monotonic() + patience_s
    for pause_s in pauses():
        seen = look()
        if holds(seen) or time.monotonic() > deadline:
            break
        time.sleep(pause_s)
    return seen


def pauses() -> Iterator[float]:
    """Give how long to wait before each next look, in seconds: what does not come at once takes a while, and
    each look costs the server something.
    """
    return (min(FIRST_LOOK_S * SELDOMER**count, LATER_LOOK_S) for count in itertools.count())
