"""How long the kit waits for what has to come before it says that it did not: one number for every wait.

A server that does what it should is never waited for so long. The time is there for machines that have other
things to do; where none has, `ORCHQUEUE_PATIENCE_S` makes a server that is wrong be found out sooner.
"""

import math
import os
from collections.abc import Mapping

from orchqueue.kit.errors import KitError

VARIABLE = "ORCHQUEUE_PATIENCE_S"
_USUAL_S = 30.0


def read(environment: Mapping[str, str]) -> float:
    """Give the patience that an environment asks for, in seconds; raises KitError for what is no time."""
    text = environment.get(VARIABLE, "")
    try:
        seconds = float(text) if text else _USUAL_S
    except ValueError:
        seconds = math.nan
    if not 0.0 < seconds < math.inf:
        raise KitError(f"{VARIABLE} is {text!r}: give a number of seconds above 0, or leave it out")
    return seconds


PATIENCE_S = read(os.environ)
START_S = 2 * PATIENCE_S  # a program has to be started first
