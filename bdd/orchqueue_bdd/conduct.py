"""How a run is made: ask what the server claims, plan, and run the plan, here or in several processes."""

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from behave.parser import ParserError

from orchqueue.verify.errors import SelectionError
from orchqueue.verify.runspec import RunSpec, TargetKind
from orchqueue.verify.verdicts import ALWAYS_JUDGED
from orchqueue_bdd import selection, shares, targets
from orchqueue_bdd.progress import Progress
from orchqueue_bdd.recording import Recorder
from orchqueue_bdd.run import run_of
from orchqueue_bdd.selection import Case, Slice
from orchqueue_bdd.servers import pace_ms
from orchqueue_bdd.suite import Suite
from orchqueue_contract.requirement_ids import REQUIREMENTS


def conduct(spec: RunSpec, progress: Progress) -> None:
    """Make a run. Raises TargetError, SelectionError, RunnerError."""
    suite = Suite(Path(spec.suite) if spec.suite else None)
    beside = ThreadPoolExecutor(1)
    try:
        # Features and steps are read while the server starts.
        asked = beside.submit(_claims, spec, Recorder(Path(spec.out)), progress)
        cases = _cases(spec, suite)
        with suite.loaded():
            claimed = asked.result()
            beside.shutdown()
            _make(spec, suite, _plan(spec, cases, claimed), claimed, progress)
    finally:
        beside.shutdown()


def _claims(spec: RunSpec, recorder: Recorder, progress: Progress) -> frozenset[str]:
    with run_of(spec, recorder, progress) as run:
        told = targets.claims(run.servers)
    if spec.profiles is not None:
        told["profiles"] = list(spec.profiles)
    recorder.claims(told)
    return frozenset(told["profiles"])


def _cases(spec: RunSpec, suite: Suite) -> list[Case]:
    try:
        return suite.cases(selection.may_hold(spec))
    except ParserError as error:
        raise SelectionError(f"a feature cannot be read: {error}") from error


def _plan(spec: RunSpec, cases: Iterable[Case], claimed: Collection[str]) -> list[Slice]:
    judged = {ALWAYS_JUDGED, *claimed}

    def is_claimed(identifier: str) -> bool:
        requirement = REQUIREMENTS.get(identifier)
        return requirement is None or requirement.profile in judged

    return selection.ordered(filter(selection.chosen(spec, is_claimed), cases), spec.seed)


def _make(
    spec: RunSpec, suite: Suite, planned: list[Slice], claimed: Collection[str], progress: Progress
) -> None:
    count = sum(len(part.cases) for part in planned)
    progress.say("plan", scenarios=count, seed=spec.seed, profiles=sorted(claimed))
    if not count and (spec.features or spec.only or spec.smoke or spec.explore):
        raise SelectionError("no scenario is chosen by this, or none of a profile that the target claims")
    # There is but one attached server, and what its counters gain must come from one scenario at a time.
    jobs = 1 if spec.target.kind is TargetKind.ATTACHED else spec.jobs
    units = selection.units(planned, pace_ms)
    if min(jobs, len(units)) > 1:
        shares.run(replace(spec, jobs=min(jobs, len(units))), suite, units, claimed, progress)
        return
    with run_of(spec, Recorder(Path(spec.out)), progress, claimed) as run:
        run.perform(suite, planned)
