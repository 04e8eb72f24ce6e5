"""How long a dispatched task may be silent, or run at all.

It says when to look again; looking is the shell's.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class WatchdogLimits:
    """Milliseconds: in all from the dispatch, to the first token, and between tokens."""

    wall_ms: float = 600_000
    first_token_ms: float = 30_000
    idle_ms: float = 5_000

    def of_silent_work(self) -> "WatchdogLimits":
        """The limits of work that has no tokens to wait for."""
        return replace(self, first_token_ms=self.wall_ms)


@dataclass(frozen=True, slots=True)
class Expired:
    """A limit that was passed, in words for the client."""

    reason: str


def judge(
    limits: WatchdogLimits,
    now_ms: float,
    dispatched_ms: float,
    last_token_ms: float | None,
    ran_before_ms: float = 0.0,
) -> Expired | float:
    """What was passed, or the time at which to judge again.

    `last_token_ms` is None before the first token since the dispatch, `ran_before_ms` is what the task had
    run before it was stopped for another.
    """
    # OC-CORE-1022, OC-CORE-1052: the clocks stand while a preempted task waits.
    wall = dispatched_ms + limits.wall_ms - ran_before_ms
    if last_token_ms is None:
        silence, words = (
            dispatched_ms + limits.first_token_ms,
            f"no token within {limits.first_token_ms:.0f} ms",
        )
    else:
        silence, words = last_token_ms + limits.idle_ms, f"no further token within {limits.idle_ms:.0f} ms"
    if now_ms >= wall:
        return Expired(f"it ran longer than {limits.wall_ms:.0f} ms")
    if now_ms >= silence:
        return Expired(words)
    return min(wall, silence)
