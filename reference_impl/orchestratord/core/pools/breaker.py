"""Ceases to restart a worker for a while when it fails too often, as a table of states.

Restarting, and knowing that it is healthy, is the caller's.
"""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum


class BreakerState(IntEnum):
    """As `circuit_breaker_state` exports it."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """Opens after `restarts` within `window_ms`, lets one probe through after `open_ms`, and closes when the
    worker was healthy for `healthy_ms`.
    """

    restarts: int = 5
    window_ms: float = 60_000
    open_ms: float = 30_000
    healthy_ms: float = 10_000


class Breaker:
    """One worker's. Every method is told the time in milliseconds, which never falls."""

    def __init__(self, rules: BreakerRules) -> None:
        self._rules = rules
        self._restarts: deque[float] = deque()
        self._opened_ms: float | None = None
        self._probing = False
        self._healthy_since_ms: float | None = None

    def state(self, now_ms: float) -> BreakerState:
        """Where it stands; it closes by itself once the worker has been healthy for long enough."""
        # OC-POOL-3011
        if self._opened_ms is None:
            return BreakerState.CLOSED
        if self._healthy_long(now_ms):
            self._close()
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self._probing else BreakerState.OPEN

    def wait_ms(self, now_ms: float) -> float:
        """How long nothing may be restarted; 0 when it may be now."""
        if self.state(now_ms) is not BreakerState.OPEN or self._opened_ms is None:
            return 0.0
        return max(0.0, self._opened_ms + self._rules.open_ms - now_ms)

    def restarting(self, now_ms: float) -> None:
        """A restart begins; `wait_ms` was 0. In a breaker that was open it is the probe."""
        if self.state(now_ms) is not BreakerState.CLOSED:
            self._probing = True
            return
        self._restarts.append(now_ms)
        while self._restarts[0] <= now_ms - self._rules.window_ms:
            self._restarts.popleft()

    def failed(self, now_ms: float) -> None:
        """The worker failed: the probe did not hold, or one restart too many lies behind it."""
        state = self.state(now_ms)
        self._healthy_since_ms = None
        self._probing = False
        if state is not BreakerState.CLOSED:
            self._opened_ms = now_ms
            return
        recent = [at for at in self._restarts if at > now_ms - self._rules.window_ms]
        if len(recent) >= self._rules.restarts:
            self._opened_ms = now_ms

    def healthy(self, now_ms: float) -> None:
        """The worker is ready."""
        if self._healthy_since_ms is None:
            self._healthy_since_ms = now_ms

    def _healthy_long(self, now_ms: float) -> bool:
        since = self._healthy_since_ms
        return since is not None and now_ms - since >= self._rules.healthy_ms

    def _close(self) -> None:
        self._opened_ms = None
        self._probing = False
        self._restarts.clear()
