"""How deadlines bear on what waits, and how many were met."""

from collections import deque

from orchestratord.core.tasks import PRIORITIES, Priority

RATIO_WINDOW = 1000


def latest_start_ms(deadline_at_ms: float, service_ms: float) -> float:
    """The last moment at which a task that takes so long could start and still meet its deadline."""
    # ORCH-3080: whoever waits beyond it would miss the deadline anyway.
    return deadline_at_ms - service_ms


class DeadlineRecord:
    """Which of the last 1,000 tasks of each priority that ran their course met their deadline."""

    def __init__(self, window: int = RATIO_WINDOW) -> None:
        self._ended: dict[Priority, deque[bool]] = {name: deque(maxlen=window) for name in PRIORITIES}

    def ended(self, priority: Priority, *, met: bool) -> None:
        """A task ended that nobody had cancelled."""
        self._ended[priority].append(met)

    def ratios(self) -> dict[Priority, float]:
        """The share that met its deadline, of each priority of which a task has ended."""
        return {name: sum(ended) / len(ended) for name, ended in self._ended.items() if ended}
