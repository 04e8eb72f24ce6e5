"""One process's share of a run: hooks give each scenario its world, and record what came of it."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from behave.step_registry import AmbiguousStep

from orchqueue.kit import NotTestable, Target
from orchqueue.verify.evidence import Outcome
from orchqueue.verify.exploring import Depth
from orchqueue.verify.runspec import RunSpec
from orchqueue_bdd import exploring, targets
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.progress import Progress
from orchqueue_bdd.recording import Recorder
from orchqueue_bdd.selection import Case, Slice
from orchqueue_bdd.servers import Servers
from orchqueue_bdd.suite import Suite, exception_of, matches
from orchqueue_bdd.world import World

Hook = Callable[..., None]


@dataclass
class Run:
    """What the hooks of one process share."""

    target: Target
    servers: Servers
    recorder: Recorder
    progress: Progress
    depth: Depth
    cases: dict[int, Case] = field(default_factory=dict)
    _started: float = 0.0
    _checked: set[tuple[str, str]] = field(default_factory=set)

    def take(self, slices: Sequence[Slice]) -> None:
        """Know the scenarios that are to come."""
        self.cases = {id(case.scenario): case for part in slices for case in part.cases}

    def perform(self, suite: Suite, slices: Sequence[Slice]) -> None:
        """Run slices of the suite, in their order."""
        self.take(slices)
        suite.run(slices, self.hooks())

    def hooks(self) -> dict[str, Hook]:
        """Give behave's hooks."""
        return {
            "before_all": lambda _context: None,
            "before_scenario": self._enter,
            "before_step": self._check,
            "after_scenario": self._leave,
            "after_all": lambda _context: self.servers.stop_all(),
        }

    def _enter(self, context: Any, scenario: Any) -> None:
        case = self.cases[id(scenario)]
        self._started = time.monotonic()
        self.servers.keep_only(case.server)
        context.world = World(case.place, self.servers, self.target, self.recorder, self.depth)

    def _check(self, _context: Any, step: Any) -> None:
        """Refuse a line that two steps match: which of them ran would be chance."""
        line = str(step.step_type), str(step.name)
        if line in self._checked:
            return
        found = matches(step)
        if len(found) > 1:
            raise AmbiguousStep(f"{len(found)} steps match {step.name!r}: {', '.join(found)}")
        self._checked.add(line)

    def _leave(self, context: Any, scenario: Any) -> None:
        case = self.cases[id(scenario)]
        exchanges: list[dict[str, Any]] = []
        outcome, message = outcome_of(scenario)
        try:
            exchanges = context.world.leave() if "world" in context else []
        except Exception as error:  # noqa: BLE001 - whatever the clearing up meets, the scenario is not green
            outcome, message = (
                Outcome.ERROR,
                f"{message}\nclearing up: {type(error).__name__}: {error}".strip(),
            )
        self._record(case, outcome, message, exchanges)

    def _record(self, case: Case, outcome: Outcome, message: str, exchanges: list[dict[str, Any]]) -> None:
        seconds = round(time.monotonic() - self._started, 3)
        self.recorder.scenario(
            {
                "feature": case.path,
                "line": case.scenario.line,
                "name": str(case.scenario.name),
                "ids": case.ids,
                "pins": case.pins,
                "status": outcome,
                "seconds": seconds,
                "message": message,
                "server": case.server,
                "exchanges": exchanges,
            }
        )
        self.progress.say(
            "scenario", place=case.place, name=str(case.scenario.name), status=outcome, seconds=seconds
        )


@contextmanager
def run_of(
    spec: RunSpec, recorder: Recorder, progress: Progress, claimed: Collection[str] = ()
) -> Iterator[Run]:
    """Give a run whose servers have their files in the spec's folder, and stop them in the end."""
    folder = Path(spec.out)
    target = targets.make(spec.target, folder)
    run = Run(target, Servers(target, folder, claimed), recorder, progress, exploring.depth(spec))
    try:
        yield run
    finally:
        run.servers.stop_all()


def outcome_of(scenario: Any) -> tuple[Outcome, str]:
    """Say what came of a scenario, and why. Whatever is not plainly passed is not green."""
    stopped = exception_of(scenario)
    if isinstance(stopped, NotTestable):
        return Outcome.NOT_TESTABLE, stopped.reason
    if scenario.hook_failed:
        return Outcome.ERROR, f"set-up: {_told(stopped) if stopped else 'a hook failed'}"
    steps = list(scenario.all_steps)
    if not steps:
        return Outcome.ERROR, "the scenario has no step"
    step = next((step for step in steps if step.status.name != "passed"), None)
    return _of_step(step, scenario) if step else (Outcome.PASS, "")


def _of_step(step: Any, scenario: Any) -> tuple[Outcome, str]:
    """Say what the first step that did not pass means."""
    told = f"{step.keyword} {step.name}"
    match step.status.name:
        case _ if isinstance(step.exception, ScenarioFault):
            return Outcome.ERROR, f"{told}: {step.exception}"
        case "failed" | "error" if step.exception is not None:
            return Outcome.FAIL, f"{told}: {_told(step.exception)}"
        case "undefined":
            return Outcome.ERROR, f"no step matches: {told}"
        case "skipped" | "untested":
            return Outcome.SKIPPED, scenario.skip_reason or f"{told} did not run"
        case other:
            return Outcome.ERROR, f"{told}: {_told(step.exception) if step.exception else other}"


def _told(error: BaseException) -> str:
    text = str(error)
    return text if isinstance(error, AssertionError) and text else f"{type(error).__name__}: {text}"
