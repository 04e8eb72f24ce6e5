"""A process of the kit's own: output kept, end bounded, never left behind. Knows nothing of HTTP."""

import os
import select
import shlex
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from orchqueue.kit.errors import TargetError
from orchqueue.kit.forked import Forked
from orchqueue.kit.guarded import Guarded
from orchqueue.kit.patience import PATIENCE_S


class Process:
    """Runs a command in its own process group, so that it ends when the kit does, even by SIGKILL.

    Lines of stdout are kept in memory and, with `stdout_to`, in a file; stderr goes to the file `stderr_to`.
    When the kit ends first, the group has `grace_s` seconds between SIGTERM and SIGKILL. With `forked_by`,
    the address of a fork server, it is forked there instead of executed.
    Raises TargetError when the command cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        stderr_to: Path,
        *,
        stdout_to: Path | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        grace_s: float = 2.0,
        forked_by: str | None = None,
    ) -> None:
        self.command = list(command)
        self._stderr_to = stderr_to
        self._stdout_to = stdout_to
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._reads = threading.Event()
        self._reads.set()
        self._over, self._ends = os.pipe()
        self._output, writes = os.pipe()
        stderr_to.parent.mkdir(parents=True, exist_ok=True)
        how = {"env": {**os.environ, **(env or {})}, "cwd": os.fspath(cwd or Path.cwd()), "grace_s": grace_s}
        try:
            with stderr_to.open("wb") as stderr:
                output = writes, stderr.fileno()
                self._started = _start(self.command, output, forked_by, **how)
        except BaseException:
            for number in (self._over, self._ends, self._output):
                os.close(number)
            raise
        finally:
            os.close(writes)
        self.pid = self._started.pid
        self._reader = threading.Thread(target=self._read_lines, name=f"stdout {command[0]}", daemon=True)
        self._reader.start()

    def _read_lines(self) -> None:
        copy = None
        if self._stdout_to is not None:
            self._stdout_to.parent.mkdir(parents=True, exist_ok=True)
            copy = self._stdout_to.open("wb", buffering=0)
        for raw in self._raw_lines():
            if copy is not None:
                copy.write(raw)
            with self._changed:
                self._lines.append(raw.decode("utf-8", "replace").rstrip("\r\n"))
                self._changed.notify_all()
            self._reads.wait()
        if copy is not None:
            copy.close()
        with self._changed:
            self._changed.notify_all()

    def _raw_lines(self) -> Iterator[bytes]:
        """Lines until stdout is closed, or the process has ended and nothing is left of what it wrote: what
        it leaves behind may hold stdout open for as long as it likes.
        """
        output, rest, poll = self._output, b"", select.poll()
        for number in (output, self._over):
            poll.register(number, select.POLLIN)
        while output in dict(poll.poll()):
            data = os.read(output, 65536)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            yield from (line + b"\n" for line in lines)
        if rest:
            yield rest

    def stop_reading(self) -> None:
        """Leave what it writes to stdout in the pipe, until `go_on_reading` or its end."""
        self._reads.clear()

    def go_on_reading(self) -> None:
        """Read again what it writes to stdout."""
        self._reads.set()

    @property
    def lines(self) -> list[str]:
        """The lines of stdout so far."""
        with self._changed:
            return list(self._lines)

    def wait_for_line(self, wanted: Callable[[str], bool], timeout_s: float) -> str | None:
        """Return the first line of stdout that is wanted, waiting for it.

        None when time or stdout ended first.
        """

        def found() -> str | None:
            return next((line for line in self._lines if wanted(line)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None or not self._reader.is_alive(), timeout_s)
            return found()

    def stderr_tail(self, size: int = 4000) -> str:
        """Return the end of what it wrote to stderr, at most `size` bytes."""
        if not self._stderr_to.exists():
            return ""
        return self._stderr_to.read_bytes()[-size:].decode("utf-8", "replace").strip()

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for the signal that ended it, None while it runs."""
        return self._started.poll()

    def wait(self, timeout_s: float) -> int | None:
        """Wait for its end; return the exit code, None when it still runs."""
        code = self._started.wait(timeout_s)
        if code is not None:
            self._settle()
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to the process itself, not its group; nothing happens when it has ended."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self, timeout_s: float = PATIENCE_S) -> int:
        """SIGTERM, after `timeout_s` SIGKILL for the whole group; return the exit code. Safe to repeat."""
        self.send_signal(signal.SIGTERM)
        code = self.wait(timeout_s)
        return self.kill() if code is None else code

    def kill(self) -> int:
        """SIGKILL for the whole group; return the exit code."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        code = self._started.wait()
        assert code is not None
        self._settle()
        return code

    def _settle(self) -> None:
        """Give back what belongs to a process that has ended."""
        self._reads.set()
        self._started.release()
        if self._ends >= 0:
            os.close(self._ends)
            self._ends = -1
        if self._reader is threading.current_thread():
            return
        self._reader.join()
        for number in (self._over, self._output) if self._over >= 0 else ():
            os.close(number)
        self._over = -1


def _start(
    command: list[str], output: tuple[int, int], forked_by: str | None, **how: Any
) -> Forked | Guarded:
    if forked_by is None:
        return Guarded(command, output, **how)
    try:
        return Forked(forked_by, command, output, **how)
    except OSError as error:
        raise TargetError(f"`{shlex.join(command)}` could not be forked: {error}") from error
