"""How long tasks of one pool and priority wait, learnt from those that were started: what the reckoning from
position and slots leaves out, and how wrong it is.

It leaves out whoever comes later and goes first, slots that are taken away, and tasks before it that are
given up. The reckoning itself is in `forecast`.
"""

from orchestratord.core.ratios import Ratios
from orchestratord.core.service_times import Ewma

DEPTHS = 6
LEAST_FACTOR = 0.2
MOST_FACTOR = 5.0
ENOUGH_STARTS = 4


class WaitTimes:
    """The ratio of waited to reckoned time as a factor, and the distribution around it by depth in the queue.

    The nth slot to come free comes free after a sum of n times, so the spread shrinks with n; and whom later
    comers overtake is overtaken by more of them the longer it waits, until it has aged. So each octave of n
    has a distribution of its own, while the factor follows the load of all quickly.

    `factor` is by how much waiting takes longer than reckoned, from 0.2 to 5; 1 until four tasks have begun.
    """

    def __init__(self) -> None:
        self._waited = Ewma()
        self._reckoned = Ewma()
        self._starts = 0
        self.factor = 1.0
        self._ratios = tuple(Ratios() for _ in range(DEPTHS))

    def ratios(self, ahead: int) -> Ratios:
        """Waited / (reckoned x factor) of tasks with about so many between them and a slot."""
        depth = (ahead + 1).bit_length() - 1 if ahead > 0 else 0
        return self._ratios[depth if depth < DEPTHS else DEPTHS - 1]

    def started(self, waited_ms: float, reckoned_ms: float, expected_ms: float, ahead: int) -> None:
        """A task that had to wait was started. `expected_ms` was reckoned x factor when it came."""
        self._starts += 1
        waited, reckoned = self._waited.add(waited_ms), self._reckoned.add(reckoned_ms)
        if self._starts >= ENOUGH_STARTS and reckoned:
            self.factor = min(max(waited / reckoned, LEAST_FACTOR), MOST_FACTOR)
        self.ratios(ahead).add(waited_ms / max(1.0, expected_ms))

    def given_up(self, waited_ms: float, expected_ms: float, ahead: int) -> None:
        """A task that had to wait was never started."""
        self.ratios(ahead).add_cut_off(waited_ms / max(1.0, expected_ms))
