"""What an engine's pages tell of it: its slots, what they work on, and totals. Data only."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchqueue.kit.engine.ask import Ask


@dataclass
class Progress:
    """How far one task is. Durations are milliseconds."""

    id_task: int
    slot: int
    decoded: int = 0
    prompt_ms: float = 0.0
    predicted_ms: float = 0.0


@dataclass
class SlotState:
    """One slot; `ask` and `progress` are those of its last task."""

    busy: bool = False
    ask: Ask | None = None
    progress: Progress | None = None


@dataclass
class Totals:
    """What is counted since the engine started. Durations are milliseconds.

    `waits_ms` are the times to the first token, `gaps_ms` the mean times between tokens, of each task.
    """

    requests: int = 0
    succeeded: int = 0
    failed: int = 0
    aborted: int = 0
    prompt_tokens: int = 0
    predicted_tokens: int = 0
    prompt_ms: float = 0.0
    predicted_ms: float = 0.0
    largest_sequence: int = 0
    waits_ms: list[float] = field(default_factory=list)
    gaps_ms: list[float] = field(default_factory=list)

    def add(self, ask: Ask, progress: Progress, *, complete: bool, left: bool) -> None:
        """Count a task that is over: `complete` as it should be, `left` by its client."""
        self.succeeded += complete
        self.aborted += left
        self.failed += not complete and not left
        self.prompt_tokens += ask.prompt_tokens
        self.predicted_tokens += progress.decoded
        self.prompt_ms += progress.prompt_ms
        self.predicted_ms += progress.predicted_ms
        if progress.decoded:
            self.waits_ms.append(progress.prompt_ms + progress.predicted_ms / progress.decoded)
            self.gaps_ms.append(progress.predicted_ms / progress.decoded)
        self.largest_sequence = max(self.largest_sequence, ask.prompt_tokens + progress.decoded)


@dataclass(frozen=True)
class Facts:
    """An engine at one moment.

    `ctx` is the tokens of a slot, `running` and `waiting` count requests, `by_priority` says that its queue
    is ordered by the requests' own priority.
    """

    model: str
    version: str
    ctx: int
    slots: int
    running: int
    waiting: int
    states: Sequence[SlotState]
    totals: Totals
    by_priority: bool = False

    @property
    def cached(self) -> float:
        """The share of the context of all slots that its running tasks fill, from 0 to 1."""
        tasks = [(each.ask, each.progress) for each in self.states if each.busy]
        used = sum(ask.prompt_tokens + done.decoded for ask, done in tasks if ask and done)
        return used / (self.ctx * self.slots)
