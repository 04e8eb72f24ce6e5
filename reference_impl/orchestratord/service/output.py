"""What a managed worker writes: what of it goes into the log, and what is kept to judge its end by.

What a line means is decided in the core.
"""

from collections import deque
from collections.abc import Callable, Sequence

from orchestratord.core.pools.exits import is_own
from orchestratord.core.pools.redaction import Redaction

KEPT_LINES = 200
SHOWN_CHARACTERS = 2_000

Show = Callable[[str, int, int], None]
"""Gets a line for the log, and how many before it were too many, and how many were withheld."""


class WorkerOutput:
    """Hears every line of one process. `show` gets those for the log, `heed` those to act upon at once."""

    def __init__(
        self, redaction: Redaction, now_ms: Callable[[], float], show: Show, heed: Callable[[str], None]
    ) -> None:
        self._redaction = redaction
        self._now_ms = now_ms
        self._show = show
        self._heed = heed
        self._shown = _Allowance(at_once=200, per_s=100)
        self._heeded = _Allowance(at_once=5_000, per_s=2_000)
        self._last: deque[str] = deque(maxlen=KEPT_LINES)
        self._withheld_before = False
        self.left_out = 0
        self.withheld = 0

    @property
    def last_lines(self) -> Sequence[str]:
        """What it said last, oldest first, to judge its end by and not to be shown: without what may be its
        clients' words, unless a line begins with the engine's own.
        """
        return tuple(self._last)

    def hear(self, line: str, continued: bool) -> None:
        """A line, or a piece of one."""
        now_ms = self._now_ms()
        looked_at = self._heeded.take(now_ms)
        if looked_at:
            self._heed(line)
        # In a flood nothing is looked through, so it is kept only where there is nothing to look for. Where
        # a piece of a line was withheld, so is the rest of it.
        shows = self._redaction.shows(line, now_ms) if looked_at else self._redaction.empty
        withheld = (continued and self._withheld_before) or not shows
        self._withheld_before = withheld
        # ORCH-3039: clients may ask about errors, and where they say more than can be looked through every
        # line is withheld. The reason for an engine's end has to be found all the same.
        if not withheld or (looked_at and not continued and is_own(line)):
            self._last.append(line)
        if not self._shown.take(now_ms):
            self.left_out += 1
            return
        if withheld:
            self.withheld += 1
            return
        left_out, withheld_lines = self.left_out, self.withheld
        self.left_out = self.withheld = 0
        self._show(line[:SHOWN_CHARACTERS], left_out, withheld_lines)


class _Allowance:
    """Some at once and so many a second, so that a flood drowns nothing."""

    def __init__(self, *, at_once: int, per_s: float) -> None:
        self._at_once = at_once
        self._per_ms = per_s / 1000
        self._left = float(at_once)
        self._at_ms: float | None = None

    def take(self, now_ms: float) -> bool:
        """Whether one more is allowed now."""
        since_ms = 0.0 if self._at_ms is None else now_ms - self._at_ms
        self._at_ms = now_ms
        self._left = min(self._at_once, self._left + since_ms * self._per_ms)
        if self._left < 1:
            return False
        self._left -= 1
        return True
