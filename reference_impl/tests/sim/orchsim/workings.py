"""How one engine works: its speed, its outages, and what becomes of each attempt. It acts on nothing."""

from collections.abc import Callable
from math import inf, pi, sin
from random import Random

from orchestratord.core.engine_failures import FailureKind
from orchsim.scenario import PREFILL_MS_PER_TOKEN, SLOT_MS_PER_TOKEN, Scenario

SILENCE_MS = 3_000.0  # a decode that takes longer is sent in several pieces
DRIFT_MS = 120_000.0
IDLE_MS = 5.0
_BEFORE_SENDING = (FailureKind.BUSY, FailureKind.REFUSED, FailureKind.FAULT)
_WHILE_SENDING = (FailureKind.BROKEN, FailureKind.MALFORMED, FailureKind.STREAM_ERROR)

Step = tuple[float, int | None, FailureKind | None]


class Workings:
    """Draws what one engine does. `busy` is how many tasks it runs."""

    def __init__(self, scenario: Scenario, now_ms: Callable[[], float], random: Random) -> None:
        self.scenario = scenario
        self.random = random
        self.busy = 0
        self._before, self._while = self._likely(_BEFORE_SENDING), self._likely(_WHILE_SENDING)
        self.down_until_ms = 0.0
        self._time_ms = now_ms
        self._next_outage_ms = self._draw_outage(0.0)

    def down(self) -> bool:
        """Whether it is away now."""
        now_ms = self._time_ms()
        if now_ms >= self._next_outage_ms:
            self.down_until_ms = now_ms + self.scenario.faults.outage_s * 1000
            self._next_outage_ms = self._draw_outage(self.down_until_ms)
        return now_ms < self.down_until_ms

    def refusal(self) -> FailureKind | None:
        """How it fails an attempt that never begins; None when it begins."""
        if self.down():
            return FailureKind.UNREACHABLE
        draw = self.random.random()
        for chance, kind in self._before:
            draw -= chance
            if draw < 0:
                return kind
        return None

    def speed(self) -> float:
        """What a task that begins now takes, as a multiple of one that runs alone on a good day."""
        plan = self.scenario
        swing = 1 + plan.drift * sin(2 * pi * self._time_ms() / DRIFT_MS)
        shared = 1 + plan.slowdown * max(0, self.busy - 1)
        return swing * shared * self.random.lognormvariate(0, plan.noise)

    def steps(self, prompt_tokens: float, real: int) -> list[Step]:
        """What it does in an attempt: after so many milliseconds it has sent so many tokens, of the `real`
        ones in all, or fails like this, or (neither) falls silent.
        """
        speed, random, stall = self.speed(), self.random, self.scenario.faults.stall
        prefill = speed * PREFILL_MS_PER_TOKEN * prompt_tokens
        decode = speed * SLOT_MS_PER_TOKEN * real
        pieces = max(1, int(decode // SILENCE_MS) + 1)
        steps: list[Step] = [(prefill + decode / real, 1, None)]
        for piece in range(1, pieces + 1 if real > 1 else 1):
            sent = 1 + (real - 1) * piece // pieces
            steps.append((decode * (1 - 1 / real) / pieces, sent, None))
        draw = random.random()
        if draw < stall:
            return [*steps[: random.randrange(len(steps))], (0.0, None, None)]
        draw -= stall
        for chance, kind in self._while:
            draw -= chance
            if draw < 0:
                return [*steps[: random.randrange(len(steps))], (prefill, None, kind)]
        return steps

    def _likely(self, kinds: tuple[FailureKind, ...]) -> list[tuple[float, FailureKind]]:
        """Those of the kinds of failure that happen in this world, with their chances."""
        chances = [(getattr(self.scenario.faults, kind.replace("-", "_")), kind) for kind in kinds]
        return [(chance, kind) for chance, kind in chances if chance > 0]

    def _draw_outage(self, after_ms: float) -> float:
        every = self.scenario.faults.outage_every_s
        return after_ms + self.random.expovariate(1 / (every * 1000)) if every else inf
