"""Waiting for what comes a moment later: bounded, by looking again. It decides nothing about what it sees."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

LOOK_EVERY_S = 0.01


def eventually(look: Callable[[], Seen], holds: Callable[[Seen], bool], patience_s: float = 2.0) -> Seen:
    """Look until what is seen holds or patience ends; give what was seen last, for the caller to judge."""
    deadline = time.monotonic() + patience_s
    while True:
        seen = look()
        if holds(seen) or time.monotonic() > deadline:
            return seen
        time.sleep(LOOK_EVERY_S)
