"""An engine that tells what it has done: each attempt is a few calls in time, and what it knows of its tasks
is the truth that the laws hold the decisions against.
"""

from random import Random
from typing import TYPE_CHECKING

from orchestratord.core.engine_failures import FailureKind
from orchsim.scenario import Scenario
from orchsim.workings import IDLE_MS, Workings

if TYPE_CHECKING:
    from orchsim.decisions.agenda import Agenda
    from orchsim.decisions.desk import Desk
    from orchsim.decisions.task import Task
    from orchsim.laws import Laws
    from orchsim.lives import Life

LATE_MS = 1_000.0  # after which a slot that is not seen idle is taken to be


class Engine(Workings):
    """One engine with slots."""

    def __init__(self, name: str, scenario: Scenario, agenda: "Agenda", laws: "Laws", random: Random) -> None:
        super().__init__(scenario, agenda.now_ms, random)
        self.name = name
        self.slots = scenario.slots
        self.agenda = agenda
        self.laws = laws

    def begin(self, task: "Task", desk: "Desk") -> "Attempt":
        """Take a task on, or be about to refuse it."""
        laws, life = self.laws, task.life
        laws.dispatched(life, life.number, self.name)
        attempt = Attempt(self, task, desk)
        refusal = self.refusal()
        if refusal is not None:
            self.agenda.later(0.0, attempt.fails, refusal)
            return attempt
        self.busy += 1
        if self.busy > self.slots:
            laws.broken("slots", f"{self.name} runs {self.busy} tasks on {self.slots} slots")
        life.at_engine = self.name
        attempt.runs = True
        real = max(1, life.real_tokens - task.tokens_before)
        attempt.steps = self.steps(len(task.spec.prompt) / 4, real)
        attempt.real = real
        attempt.next()
        return attempt

    def left(self) -> None:
        """A slot has become idle."""
        self.busy -= 1


class Attempt:
    """One task at one engine. `wanted` is whether anybody still listens, `runs` whether a slot is busy with
    it.
    """

    __slots__ = ("_said", "_spoke_ms", "_step", "desk", "engine", "real", "runs", "steps", "task", "wanted")

    def __init__(self, engine: Engine, task: "Task", desk: "Desk") -> None:
        self.engine = engine
        self.task = task
        self.desk = desk
        self.steps: list = []
        self.real = 0
        self.runs = False
        self.wanted = True
        self._step = 0
        self._spoke_ms: float | None = None
        self._said = task.tokens_before

    def next(self) -> None:
        """Plan the next thing that it does; one that falls silent does none."""
        after_ms, sent, failure = self.steps[self._step]
        self._step += 1
        if failure is not None:
            self.engine.agenda.later(after_ms, self.fails, failure)
        elif sent is not None:
            self.engine.agenda.later(after_ms, self.sends, sent)

    def sends(self, sent: int) -> None:
        """Tokens come, the last of them perhaps."""
        if not self.wanted:
            return
        task, last = self.task, sent == self.real
        life = task.life
        life.spoke = True
        if last:
            life.finished_by_engine = True
            self._leave(life)
        self._note_said(life, sent, last=last)
        if not last:
            self.next()
        self.desk.heard(task, sent, last=last)

    def fails(self, kind: FailureKind) -> None:
        """It goes wrong, before or after a token."""
        if self.wanted:
            if self.runs:
                self._leave(self.task.life)
            self.desk.failed(self.task, kind)

    def stop(self) -> None:
        """Nobody listens any more; the slot is idle a moment later, or seems never to be."""
        self.wanted = False
        if self.runs:
            self.task.life.at_engine = None
            self.runs = False
            engine = self.engine
            engine.agenda.later(IDLE_MS, engine.left)

    def idle_in_ms(self) -> float:
        """After how long its slot is seen to be idle, once it was stopped."""
        engine = self.engine
        chance = engine.scenario.faults.never_idle
        return LATE_MS if chance and engine.random.random() < chance else IDLE_MS

    def _leave(self, life: "Life") -> None:
        life.at_engine = None
        self.runs = False
        self.engine.busy -= 1

    def _note_said(self, life: "Life", sent: int, *, last: bool) -> None:
        """What is known of the task once this has come."""
        now_ms, before_ms = self.engine.agenda.now, self._spoke_ms
        life.spoke_at, life.paused = self.engine.name, False
        if before_ms is None:
            if now_ms >= life.accepted_ms + life.deadline_ms:
                return  # it comes too late, and the task ends without it
        else:
            life.decoded_ms += now_ms - before_ms
        self._spoke_ms = now_ms
        life.tokens_said = self._said + sent
        if last and not life.stopped:
            life.tokens_in = counted(life)


def counted(life: "Life") -> int:
    """How many tokens the engine counts in the prompt, of which there is an estimate."""
    return max(1, life.prompt_tokens + life.number % 5 - 2)
