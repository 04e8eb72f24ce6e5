"""How long a worker that failed is left alone."""

from dataclasses import dataclass

JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that double from the first to the longest, in milliseconds."""

    initial_ms: float = 500
    longest_ms: float = 30_000

    def pause_ms(self, failures: int, chance: float) -> float:
        """The pause after so many failures in a row (from 1), within 20 % to either side by `chance` from 0
        to 1.
        """
        # OC-POOL-3011
        pause = min(self.initial_ms * 2.0 ** min(failures - 1, 32), self.longest_ms)
        return pause * (1 - JITTER + 2 * JITTER * chance)
