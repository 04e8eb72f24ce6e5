"""Which process serves a configuration: a file with its id, locked while it runs, and beside it what the
process has read last.

The lock is what counts: an id alone may be another process's by now.
"""

import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestratord.core.errors import ConfigurationError
from orchestratord.flow.files import replace_file

MODE = 0o644


@dataclass(frozen=True, slots=True)
class State:
    """What a server has read last, the `reads`-th time, and whether it serves it whole or why not."""

    pid: int
    config: str
    digest: str
    taken: bool
    problems: Sequence[str]
    reads: int


class PidFile:
    """The server's side: holds the file from before its start to its end. Raises ConfigurationError where it
    cannot, among others because another server holds it.
    """

    def __init__(self, path: Path) -> None:
        # OC-CONFIG-6011
        self._path = path
        self._reads = 0
        self._held = _hold(path)
        # What one that crashed has said is not about this one, nor is its id.
        state_path(path).unlink(missing_ok=True)
        os.ftruncate(self._held, 0)

    def tell(self, config: Path, digest: str, problems: Sequence[str] = ()) -> None:
        """Say what was read, and under which id. Raises OSError."""
        self._reads += 1
        state = State(os.getpid(), str(config.absolute()), digest, not problems, tuple(problems), self._reads)
        replace_file(state_path(self._path), json.dumps(asdict(state)).encode() + b"\n")
        os.ftruncate(self._held, 0)
        os.pwrite(self._held, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        """Let the file go; it is there no more."""
        held, self._held = self._held, -1
        if held >= 0:
            state_path(self._path).unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
            os.close(held)


def state_path(pid_file: Path) -> Path:
    """Where the server of a pid file says what it has read."""
    return pid_file.with_name(pid_file.name + ".state")


def running(pid_file: Path) -> bool:
    """Whether a server holds the file. Raises OSError when it may not be looked at."""
    try:
        opened = os.open(pid_file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False


def read_state(pid_file: Path) -> State | None:
    """What the server of a pid file has said last; None before it has said anything. Raises OSError."""
    try:
        told = json.loads(state_path(pid_file).read_bytes())
    except FileNotFoundError:
        return None
    return State(**told)


def _hold(path: Path) -> int:
    while True:
        try:
            opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE)
        except OSError as error:
            raise ConfigurationError([f"/server/pid_file: {path}: {error.strerror}"]) from None
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(opened), path.stat()):
                return opened
        except BlockingIOError:
            os.close(opened)
            raise ConfigurationError([f"/server/pid_file: {path}: another server runs with it"]) from None
        except FileNotFoundError:
            pass
        os.close(opened)  # the server of before has just removed what was opened
