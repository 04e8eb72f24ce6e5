"""How a run is made: plan it, share it out over processes by server, and bring their records together."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from behave.parser import ParserError

from orchqueue.verify import evidence
from orchqueue.verify.errors import RunnerError, SelectionError
from orchqueue.verify.runspec import RunSpec, TargetKind
from orchqueue.verify.verdicts import ALWAYS_JUDGED
from orchqueue_bdd import exploring, selection, targets
from orchqueue_bdd.progress import Progress
from orchqueue_bdd.recording import Recorder
from orchqueue_bdd.run import Run
from orchqueue_bdd.selection import Slice
from orchqueue_bdd.servers import Servers, pace_ms
from orchqueue_bdd.suite import Suite
from orchqueue_contract.requirement_ids import REQUIREMENTS


def conduct(path: Path, progress: Progress) -> None:
    """Make the run of the spec at `path`. Raises TargetError, SelectionError, RunnerError."""
    spec = RunSpec.read(path)
    recorder = Recorder(Path(spec.out))
    claimed = _claims(spec, recorder, progress)
    planned = _plan(spec, claimed)
    count = sum(len(part.cases) for part in planned)
    progress.say("plan", scenarios=count, seed=spec.seed, profiles=sorted(claimed))
    if not count and (spec.features or spec.only or spec.smoke or spec.explore):
        raise SelectionError("no scenario is chosen by this, or none of a profile that the target claims")
    # There is but one attached server, and what its counters gain must come from one scenario at a time.
    jobs = 1 if spec.target.kind is TargetKind.ATTACHED else spec.jobs
    shares = selection.shared(planned, jobs, pace_ms)
    if len(shares) <= 1:
        _perform(spec, planned, claimed, recorder, progress)
    else:
        _share_out(spec, shares, progress)


def perform(spec: RunSpec, servers: Collection[str], progress: Progress) -> None:
    """Run the scenarios on these servers, of a run that was planned before."""
    recorder = Recorder(Path(spec.out))
    claimed = frozenset(spec.profiles or ())
    _perform(spec, selection.on(_plan(spec, claimed), servers), claimed, recorder, progress)


def _claims(spec: RunSpec, recorder: Recorder, progress: Progress) -> frozenset[str]:
    with _run(spec, recorder, progress) as run:
        told = targets.claims(run.servers)
    if spec.profiles is not None:
        told["profiles"] = list(spec.profiles)
    recorder.claims(told)
    return frozenset(told["profiles"])


def _plan(spec: RunSpec, claimed: Collection[str]) -> list[Slice]:
    judged = {ALWAYS_JUDGED, *claimed}

    def is_claimed(identifier: str) -> bool:
        requirement = REQUIREMENTS.get(identifier)
        return requirement is None or requirement.profile in judged

    suite = Suite(Path(spec.suite) if spec.suite else None)
    try:
        everything = suite.cases()
    except ParserError as error:
        raise SelectionError(f"a feature cannot be read: {error}") from error
    return selection.ordered(filter(selection.chosen(spec, is_claimed), everything), spec.seed)


def _perform(
    spec: RunSpec,
    slices: list[Slice],
    claimed: Collection[str],
    recorder: Recorder,
    progress: Progress,
) -> None:
    with _run(spec, recorder, progress, claimed) as run:
        run.take(slices)
        Suite(Path(spec.suite) if spec.suite else None).run(slices, run.hooks())


@contextmanager
def _run(
    spec: RunSpec, recorder: Recorder, progress: Progress, claimed: Collection[str] = ()
) -> Iterator[Run]:
    target = targets.make(spec.target, Path(spec.out))
    run = Run(target, Servers(target, Path(spec.out), claimed), recorder, progress, exploring.depth(spec))
    try:
        yield run
    finally:
        run.servers.stop_all()


def _share_out(spec: RunSpec, shares: list[list[str]], progress: Progress) -> None:
    """Run each share in a process and a folder of its own, and put the records together in order."""
    told = evidence.claims(Path(spec.out))
    folders = [Path(spec.out) / f"share-{number}" for number in range(len(shares))]
    threads, failures = [], []
    lock = threading.Lock()

    def play(folder: Path, servers: list[str]) -> None:
        share = replace(spec, out=os.fspath(folder), jobs=1, profiles=told.profiles)
        failed = _play(share, servers, lambda line: _say(progress, lock, line))
        if failed:
            failures.append(failed)

    for folder, servers in zip(folders, shares, strict=True):
        threads.append(threading.Thread(target=play, args=(folder, servers)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for folder in folders:
        _bring_in(folder, Path(spec.out))
    if failures:
        raise RunnerError("; ".join(failures))


def _play(spec: RunSpec, servers: list[str], say: Callable[[str], None]) -> str | None:
    """Run one share and pass its progress on; give what went wrong with the process, if anything did."""
    folder = Path(spec.out)
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "run.json"
    spec.write(note)
    command = [
        sys.executable,
        "-m",
        "orchqueue_bdd",
        os.fspath(note),
        *(f"server:{name}" for name in servers),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603 - our own
        assert process.stdout is not None
        for line in process.stdout:
            say(line)
    return f"the run on {servers} ended with exit code {process.returncode}" if process.returncode else None


def _say(progress: Progress, lock: threading.Lock, line: str) -> None:
    with lock:
        progress.pass_on(line)


def _bring_in(folder: Path, out: Path) -> None:
    for name in (evidence.BEHAVE_FILE, evidence.EXCHANGES_FILE, evidence.SCRAPES_FILE):
        part = folder / name
        if part.exists():
            with (out / name).open("a", encoding="utf-8") as file:
                file.write(part.read_text(encoding="utf-8"))
    for log in (folder / evidence.LOGS_FOLDER).glob("*.jsonl"):
        (out / evidence.LOGS_FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(log, out / evidence.LOGS_FOLDER / log.name)
