"""Changes the file in force step by step, tells the server, and undoes all of it where a step fails."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestratord.flow.facts import Facts
from orchestratord.flow.files import replace_file
from orchestratord.flow.journal import Journal, Record, Step, digest, put_back
from orchestratord.flow.pid_file import State, read_state, running

PAUSE_S = 0.02


class TellingError(Exception):
    """The server has not taken the file; the message says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """The bytes that shall be in force in a file; `pid_file` is that of the server that may run, and `wait_s`
    how long it may take to take them.
    """

    target: Path
    data: bytes
    pid_file: Path | None
    wait_s: float


class Commit:
    """One commit, whose journal is held. `troubled` is told what goes wrong while it undoes."""

    def __init__(
        self, change: Change, journal: Journal, facts: Facts, troubled: Callable[[str], None]
    ) -> None:
        self._change = change
        self._journal = journal
        self._facts = facts
        self._troubled = troubled
        target = change.target
        self._before = target.read_bytes() if target.exists() else None
        self._record = Record(facts.correlation_id, self._before, digest(change.data))
        self._done: list[Step] = []
        self._step: Step = "keep"

    def run(self) -> bool:
        """Do all steps; False when one failed and those before it are undone. Raises OSError when even that
        failed: the journal is left for the next start.
        """
        # OC-FLOW-6102
        before = None if self._before is None else digest(self._before)
        self._facts.add("apply.began", digest_before=before, digest_after=self._record.digest_after)
        try:
            self._do("keep", lambda: self._journal.write(self._record))
            self._do("write", lambda: replace_file(self._change.target, self._change.data))
            told = self._do("tell", lambda: self._tell(self._record.digest_after))
        except (OSError, TellingError) as error:
            message = str(getattr(error, "strerror", None) or error)
            self._note("apply.failed", step=self._step, message=message)
            self._undo()
            return False
        except BaseException:
            self._note("apply.failed", step=self._step, message="it was broken off")
            self._undo()
            raise
        self._journal.clear()
        self._facts.add("apply.done", told=told)
        return True

    def _do(self, step: Step, act: Callable[[], Any]) -> Any:
        self._step = step
        self._facts.add("apply.step", step=step)
        done = act()
        self._done.append(step)
        return done

    def _undo(self) -> None:
        """Undo what was done, the last first."""
        # OC-FLOW-6104
        if "keep" not in self._done:
            self._journal.clear()
            return
        # What failed in the middle of its way may have come to its end all the same.
        if not put_back(self._change.target, self._record):
            self._troubled("the file was written by another hand meanwhile, and is left as it is")
        if "write" in self._done:
            self._note("apply.undone", step="write")
            self._note("apply.restored", told=self._told_again())
        self._journal.clear()
        self._note("apply.undone", step="keep")

    def _told_again(self) -> bool:
        """Whether the server has taken the file of before, in case that it had taken the new one."""
        if self._before is None or self._step != "tell":
            return False
        try:
            return self._tell(digest(self._before))
        except (OSError, TellingError) as error:
            self._troubled(f"the server was not brought back: {error}")
            return False

    def _note(self, fact: str, **members: Any) -> None:
        """Tell a fact, if that is possible: undoing goes on without."""
        try:
            self._facts.add(fact, **members)
        except OSError as error:
            self._troubled(f"{fact} is not in the audit log: {error.strerror}")

    def _tell(self, wanted: str) -> bool:
        """Have the server read the file, and wait until it has taken it; False where none runs."""
        pid_file = self._change.pid_file
        if pid_file is None or not running(pid_file):
            return False
        until_s = time.monotonic() + self._change.wait_s
        before = _until(pid_file, until_s, lambda state: True)
        os.kill(before.pid, signal.SIGHUP)
        # It may have been about to read what was there before.
        state = _until(
            pid_file,
            until_s,
            lambda state: state.reads > before.reads and (state.digest == wanted or not state.taken),
        )
        if not state.taken:
            raise TellingError("the server does not take it: " + "; ".join(state.problems))
        return True


def _until(pid_file: Path, until_s: float, holds: Callable[[State], bool]) -> State:
    """What the server says once that holds. Raises TellingError when that does not come, and OSError."""
    while True:
        state = read_state(pid_file)
        if state is not None and holds(state):
            return state
        if not running(pid_file):
            raise TellingError("the server has ended")
        if time.monotonic() >= until_s:
            raise TellingError("the server has not answered in time")
        time.sleep(PAUSE_S)
