"""A run in several processes: forks, so that features and steps are read once for all of them.

Each takes one part of the run after another, until none is left. Each has a folder of its own; their records
are brought together in order.
"""

import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from orchqueue.verify import evidence
from orchqueue.verify.errors import RunnerError
from orchqueue.verify.runspec import RunSpec
from orchqueue_bdd.progress import Progress
from orchqueue_bdd.recording import Recorder
from orchqueue_bdd.run import run_of
from orchqueue_bdd.selection import Slice
from orchqueue_bdd.suite import Suite

_DIGITS = 5


@dataclass(frozen=True)
class _Share:
    """One process, its folder, and the descriptor from which its progress is read."""

    folder: Path
    process: BaseProcess
    told: int

    def follow(self, say: Callable[[str], None]) -> None:
        """Pass on what it says, until it has ended."""
        with os.fdopen(self.told, encoding="utf-8") as lines:
            for line in lines:
                say(line)
        self.process.join()


def run(
    spec: RunSpec, suite: Suite, parts: list[list[Slice]], claimed: Collection[str], progress: Progress
) -> None:
    """Run the parts in as many processes as the spec has jobs. Raises RunnerError when one of these did not
    come to its end.

    There must be no other thread, since they are forked.
    """
    folders = [Path(spec.out) / f"share-{number}" for number in range(spec.jobs)]
    turns = _turns(len(parts))
    shares = [
        _begin(replace(spec, out=os.fspath(folder), jobs=1), suite, _taken(parts, turns), claimed)
        for folder in folders
    ]
    os.close(turns)
    lock = threading.Lock()

    def say(line: str) -> None:
        with lock:
            progress.pass_on(line)

    threads = [threading.Thread(target=share.follow, args=(say,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for share in shares:
        _bring_in(share.folder, Path(spec.out))
    failed = [share for share in shares if share.process.exitcode]
    if failed:
        told = (f"{share.folder.name} ended with exit code {share.process.exitcode}" for share in failed)
        raise RunnerError(f"a part of the run was not made: {', '.join(told)}")


def _turns(count: int) -> int:
    """Give a pipe that holds the numbers up to there: each is read by one process only, and then they end."""
    reads, writes = os.pipe()
    os.write(writes, b"".join(b"%*d" % (_DIGITS, number) for number in range(count)))
    os.close(writes)
    return reads


def _taken(parts: list[list[Slice]], turns: int) -> Iterator[list[Slice]]:
    """Take one part after another, of those that no other process has taken."""
    while number := os.read(turns, _DIGITS):
        yield parts[int(number)]


def _begin(spec: RunSpec, suite: Suite, parts: Iterable[list[Slice]], claimed: Collection[str]) -> _Share:
    folder = Path(spec.out)
    reads, writes = os.pipe()

    def play() -> None:
        os.close(reads)
        with (
            os.fdopen(writes, "w", encoding="utf-8") as told,
            run_of(spec, Recorder(folder), Progress(told), claimed) as own,
        ):
            for slices in parts:
                own.perform(suite, slices)

    process = get_context("fork").Process(target=play)
    process.start()
    os.close(writes)
    return _Share(folder, process, reads)


def _bring_in(folder: Path, out: Path) -> None:
    for name in (evidence.BEHAVE_FILE, evidence.EXCHANGES_FILE, evidence.SCRAPES_FILE):
        part = folder / name
        if part.exists():
            with (out / name).open("a", encoding="utf-8") as file:
                file.write(part.read_text(encoding="utf-8"))
    for log in (folder / evidence.LOGS_FOLDER).glob("*.jsonl"):
        (out / evidence.LOGS_FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(log, out / evidence.LOGS_FOLDER / log.name)
