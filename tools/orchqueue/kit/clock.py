"""The kit's one clock: milliseconds, monotonic, one for all processes of one machine. It tells no date."""

import time


def now_ms() -> float:
    """Return the milliseconds of the machine's monotonic clock."""
    return time.monotonic() * 1000.0
