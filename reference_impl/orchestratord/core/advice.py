"""When a refused client should come back: spread over the places that will come free for it, at the pool's
measured rate.
"""

from heapq import heappop, heappush

from orchestratord.core.arrival_rate import ArrivalRate
from orchestratord.core.service_times import PRIOR_MS, Ewma

SHORTEST_MS = 50.0
LONGEST_MS = 300_000.0
JITTER = 0.2
LEAST_SHARE = 0.1
MARGIN = 0.6  # a queue that gets all that it can end stays full


class Advice:
    """Measures how fast a pool drains and counts the refused clients whose advice still runs.

    `mean_lease_ms` is how long a slot is held on average; the prior of 1 s before the first.
    """

    def __init__(self) -> None:
        self._lease = Ewma()
        self.mean_lease_ms = PRIOR_MS
        self._running: list[float] = []
        self._fresh = ArrivalRate()

    def observe_lease(self, lease_ms: float) -> None:
        """Learn how long a task held its slot."""
        self.mean_lease_ms = max(1.0, self._lease.add(lease_ms))

    def came(self, now_ms: float, slots: int) -> None:
        """A task was submitted, whatever becomes of it."""
        if self._running and self._running[0] <= now_ms:
            self._forget(now_ms)
        self._fresh.came(now_ms, (slots or 1) / self.mean_lease_ms)

    def retry_after_ms(self, now_ms: float, slots: int, chance: float) -> int:
        """Advice for one more refused client, and remember it.

        `chance` from 0 to 1 becomes up to 20 % of jitter upward.
        """
        # OC-CTRL-2015: (1 + refused clients whose advice still runs) / the part of the measured drain rate
        # that new tasks leave.
        self._forget(now_ms)
        drained = (slots or 1) / self.mean_lease_ms
        left = 1.0 - self._fresh.per_ms() / drained
        share = max(LEAST_SHARE, MARGIN * left) if left < 1.0 else 1.0
        wait = min(max((1 + len(self._running)) / (drained * share), SHORTEST_MS), LONGEST_MS)
        advice = wait * (1 + JITTER * chance)
        heappush(self._running, now_ms + advice)
        return round(advice)

    def _forget(self, now_ms: float) -> None:
        running, told = self._running, 0
        while running and running[0] <= now_ms:
            heappop(running)
            told += 1
        if told:
            self._fresh.was_told(told)
